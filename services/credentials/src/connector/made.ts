import { isFieldSet } from "@bufbuild/protobuf";
import {
  type CreateConnectorRequest,
  CreateConnectorRequestSchema,
  type UpdateConnectorRequest,
} from "@signalbox/gen/signalbox/credentials/v1/connector_service_pb.ts";
import type { ConnectorMethod } from "@signalbox/gen/signalbox/credentials/v1/connector_type_pb.ts";
import { fieldInvalid } from "@signalbox/runtime/errors.ts";
import { toMicros } from "@signalbox/runtime/events/timestamp.ts";
import type { Method } from "../provider/method.ts";
import { recorded } from "../provider/recorded.ts";
import { checkValueNames } from "../secret/values.ts";
import { type ConnectorRow, methodNumber } from "../tables.ts";
import { type KindRow, namesIn, noSkew, recordedIn, typedColumns } from "./columns.ts";
import { type Given, settle } from "./record.ts";
import { decodeSealed, encodeSealed } from "./sealed.ts";
import { changedSettings, fromKept, methodOf, settingsOf, toKept } from "./settings.ts";

/** What a connector is to be: its columns, and what is sealed of it. */
export interface Made {
  readonly columns: KindRow & Pick<ConnectorRow, "lifetimeSeconds">;
  readonly secret: string;
}

/** The fields of a request that say what a connector with a type is. */
const ofRecords = ["method", "resourceTypes", "resource", "manyResources", "expireTime", "expireSkewSeconds", "configuration"] as const;

/** The fields of an update that may change. */
export const changing = [
  ...["name", "description", "awsRole", "oauthClient", "secret", "lifetimeSeconds", "labels"],
  ...["type", ...ofRecords, "secrets", "removeSecrets"],
] as const satisfies readonly (keyof UpdateConnectorRequest)[];

/** What an update changes of it. */
export type Patch = Partial<Pick<UpdateConnectorRequest, (typeof changing)[number]>>;

/** What is asked for in a create. Fails with FIELD_INVALID. */
export function made(request: CreateConnectorRequest): Made {
  if (request.type === "") {
    const set = CreateConnectorRequestSchema.fields.filter((field) => isFieldSet(request, field));
    refuseOfRecords(set.map(({ localName }) => localName));
    const settings = settingsOf(request);
    checkSecret(request.secret);
    const lifetimeSeconds = typedLifetime(request.lifetimeSeconds);
    return { columns: { ...typedColumns[settings.method], ...toKept(settings), lifetimeSeconds }, secret: request.secret };
  }
  if (request.awsRole) throw fieldInvalid("type", "cannot be set together with aws_role");
  if (request.oauthClient) throw fieldInvalid("type", "cannot be set together with oauth_client");
  refuseSecret(request.secret);
  const { type, method, resourceTypes, secrets, configuration } = request;
  return madeRecord({ type, method, resourceTypes, secrets, configuration: configuration?.text ?? "" }, Object.keys(secrets), {
    resource: request.resource,
    manyResources: request.manyResources ? 1 : 0,
    expiresTime: toMicros(request.expireTime),
    expireSkewSeconds: request.expireSkewSeconds ?? noSkew,
    lifetimeSeconds: request.lifetimeSeconds,
  });
}

/** What an update makes of it; `secret` is what is sealed of it now. Fails with FIELD_INVALID. */
export function remade(before: ConnectorRow, secret: string, patch: Patch, replaces: boolean): Made {
  const lifetimeSeconds = patch.lifetimeSeconds ?? before.lifetimeSeconds;
  if (before.method !== methodNumber.record) {
    refuseOfRecords(Object.keys(patch));
    if (replaces) throw fieldInvalid("replace_secrets", withType);
    if (patch.secret !== undefined) checkSecret(patch.secret);
    const settings = changedSettings(fromKept(before), patch);
    const columns = { ...typedColumns[settings.method], ...toKept(settings), lifetimeSeconds: typedLifetime(lifetimeSeconds) };
    if (patch.secret === undefined && sentElsewhere(before, columns)) throw fieldInvalid("secret", givenAgain);
    return { columns, secret: patch.secret ?? secret };
  }
  if (patch.awsRole) throw fieldInvalid("aws_role", "a connector with a type has its settings in configuration and secrets");
  if (patch.oauthClient) throw fieldInvalid("oauth_client", "a connector with a type has its settings in configuration and secrets");
  if (patch.type === "") throw fieldInvalid("type", "cannot be taken away");
  refuseSecret(patch.secret ?? "");
  const { secrets = {}, removeSecrets = [] } = patch;
  const both = removeSecrets.findIndex((name) => Object.hasOwn(secrets, name));
  if (both >= 0) throw fieldInvalid(`remove_secrets[${both}]`, "is set by the same request");
  const sealed = decodeSealed(secret);
  const stay = replaces ? [] : Object.entries(sealed.secrets).filter(([name]) => !removeSecrets.includes(name));
  const given: Given = {
    type: patch.type ?? before.type,
    method: patch.method ?? before.authMethod,
    resourceTypes: patch.resourceTypes ?? namesIn(before.resourceTypes),
    configuration: Object.hasOwn(patch, "configuration") ? (patch.configuration?.text ?? "") : before.configuration || sealed.configuration,
    secrets: { ...Object.fromEntries(stay), ...secrets },
  };
  const after = madeRecord(given, Object.keys(secrets), {
    resource: patch.resource ?? before.resource,
    manyResources: (patch.manyResources ?? before.manyResources === 1) ? 1 : 0,
    expiresTime: Object.hasOwn(patch, "expireTime") ? toMicros(patch.expireTime) : before.expiresTime,
    expireSkewSeconds: Object.hasOwn(patch, "expireSkewSeconds") ? (patch.expireSkewSeconds ?? noSkew) : before.expireSkewSeconds,
    lifetimeSeconds,
  });
  const isOpened = sealed.configuration !== "" && after.columns.configuration !== "" && !Object.hasOwn(patch, "configuration");
  if (isOpened && remakes(patch)) throw fieldInvalid("configuration", "must be given again: it was sealed, and its type is known now");
  const { name: sent = "" } = sentElsewhere(before, after.columns) ?? {};
  const held = sealed.secrets[sent];
  if (held !== undefined && !Object.hasOwn(secrets, sent) && decodeSealed(after.secret).secrets[sent] === held) {
    throw fieldInvalid(`secrets["${sent}"]`, givenAgain);
  }
  return after;
}

/** Whether an update changes more than how a connector is called and found. */
export const remakes = (patch: Patch): boolean => Object.keys(patch).some((field) => !["name", "description", "labels"].includes(field));

const givenAgain = "must be given again where it would be sent to another address";

/** Where a change has the secret sent that it was not sent to before: whoever may change a connector may not know its secret. */
function sentElsewhere(before: KindRow, after: KindRow): Method["sends"] {
  const sends = methodOf(after).sends;
  return sends?.to === methodOf(before).sends?.to ? undefined : sends;
}

type Rest = Pick<Made["columns"], "resource" | "manyResources" | "expiresTime" | "expireSkewSeconds" | "lifetimeSeconds">;

function madeRecord(given: Given, fresh: readonly string[], { lifetimeSeconds, ...rest }: Rest): Made {
  checkValueNames(given.secrets, "secrets");
  const { known, sealed, resourceTypes, secretKeys, configuration } = settle(given, fresh);
  const columns = {
    ...rest,
    ...{ method: methodNumber.record, settings: "{}", type: given.type, authMethod: given.method, configuration },
    ...{ resourceTypes: JSON.stringify(resourceTypes), secretKeys: JSON.stringify(secretKeys) },
    lifetimeSeconds: known ? lifetimeOf(known, lifetimeSeconds) : lifetimeSeconds,
  };
  recorded(recordedIn(columns)).check();
  return { columns, secret: encodeSealed(sealed) };
}

const typedRange = { minLifetimeSeconds: 900, maxLifetimeSeconds: 43_200, defaultLifetimeSeconds: 3_600 };
const typedLifetime = (asked: number): number => lifetimeOf(typedRange, asked);

type Range = Pick<ConnectorMethod, "minLifetimeSeconds" | "maxLifetimeSeconds" | "defaultLifetimeSeconds">;

function lifetimeOf({ minLifetimeSeconds: min = 1, maxLifetimeSeconds: max, defaultLifetimeSeconds = 0 }: Range, asked: number): number {
  if (asked === 0) return defaultLifetimeSeconds;
  if (asked >= min && (max === undefined || asked <= max)) return asked;
  throw fieldInvalid("lifetime_seconds", max === undefined ? `must be at least ${min}` : `must be from ${min} to ${max}`);
}

const withType = "goes with a type: aws_role and oauth_client have settings of their own";

function refuseOfRecords(set: readonly string[]): void {
  const found = ["type", ...ofRecords, "secrets", "removeSecrets"].find((name) => set.includes(name));
  if (found)
    throw fieldInvalid(
      found.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      withType,
    );
}

function refuseSecret(secret: string): void {
  if (secret !== "") throw fieldInvalid("secret", "is that of aws_role and oauth_client; with a type, secrets has them by name");
}

function checkSecret(secret: string): void {
  if (secret === "") throw fieldInvalid("secret", "the secret access key or the client secret is required");
}
