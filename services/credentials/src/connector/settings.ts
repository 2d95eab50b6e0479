import { fromJsonString, toJsonString } from "@bufbuild/protobuf";
import { type AwsRole, AwsRoleSchema, type OauthClient, OauthClientSchema } from "@signalbox/gen/signalbox/credentials/v1/credential_pb.ts";
import { fieldInvalid } from "@signalbox/runtime/errors.ts";
import { awsRole } from "../provider/aws/assume-role.ts";
import type { Method } from "../provider/method.ts";
import { oauthClient } from "../provider/oauth/client-credentials.ts";
import { recorded } from "../provider/recorded.ts";
import { type ConnectorRow, methodNumber } from "../tables.ts";
import { type KindRow, recordedIn } from "./columns.ts";

/** How a connector gets credentials: one method with its settings. */
export type Settings =
  | { readonly method: "awsRole"; readonly value: AwsRole }
  | { readonly method: "oauthClient"; readonly value: OauthClient };

/** The settings in a request, of which at most one is set. */
export interface SettingsFields {
  readonly awsRole?: AwsRole | undefined;
  readonly oauthClient?: OauthClient | undefined;
}

/** The settings as rows keep them. */
type Kept = Pick<ConnectorRow, "method" | "settings">;

/** What asks the provider of a connector. */
export function methodOf(row: KindRow): Method {
  return row.method === methodNumber.record ? recorded(recordedIn(row)) : typedMethod(fromKept(row));
}

/** The settings of its own that a connector has; a record has none. */
export const typedIn = (row: Kept): Settings | undefined => (row.method === methodNumber.record ? undefined : fromKept(row));

const typedMethod = (settings: Settings): Method => (settings.method === "awsRole" ? awsRole(settings.value) : oauthClient(settings.value));

/** The settings of a new connector. Fails with FIELD_INVALID. */
export function settingsOf({ awsRole: role, oauthClient: client }: SettingsFields): Settings {
  if (role && client) throw fieldInvalid("oauth_client", "cannot be set together with aws_role");
  if (role) return checked({ method: "awsRole", value: role });
  if (client) return checked({ method: "oauthClient", value: client });
  throw fieldInvalid("aws_role", "one of aws_role and oauth_client is required");
}

/**
 * The settings of a connector after an update: those of the patch where it has
 * some, of the same method. Fails with FIELD_INVALID.
 */
export function changedSettings(before: Settings, patch: SettingsFields): Settings {
  const [own, other] = before.method === "awsRole" ? (["awsRole", "oauthClient"] as const) : (["oauthClient", "awsRole"] as const);
  if (patch[other]) throw fieldInvalid(fieldName[other], "the method of a connector cannot change; create another connector");
  if (!Object.hasOwn(patch, own)) return before;
  if (!patch[own]) throw fieldInvalid(fieldName[own], "cannot be taken away");
  return settingsOf({ [own]: patch[own] });
}

const fieldName = { awsRole: "aws_role", oauthClient: "oauth_client" } as const;

function checked(settings: Settings): Settings {
  typedMethod(settings).check();
  return settings;
}

export function toKept({ method, value }: Settings): Kept {
  const settings = method === "awsRole" ? toJsonString(AwsRoleSchema, value) : toJsonString(OauthClientSchema, value);
  return { method: methodNumber[method], settings };
}

export function fromKept({ method, settings }: Kept): Settings {
  return method === methodNumber.awsRole
    ? { method: "awsRole", value: fromJsonString(AwsRoleSchema, settings) }
    : { method: "oauthClient", value: fromJsonString(OauthClientSchema, settings) };
}
