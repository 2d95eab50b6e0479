import { create } from "@bufbuild/protobuf";
import { AwsRoleSchema, ClientAuthentication, OauthClientSchema } from "@signalbox/gen/signalbox/credentials/v1/credential_pb.ts";
import { Reason } from "@signalbox/gen/signalbox/errors/v1/reason_pb.ts";
import { fieldInvalid, SignalboxError } from "@signalbox/runtime/errors.ts";
import { decodeSealed } from "../connector/sealed.ts";
import { awsRole } from "./aws/assume-role.ts";
import { readS3Resource } from "./aws/s3-resource.ts";
import { notCovered } from "./failure.ts";
import type { Method } from "./method.ts";
import { oauthClient } from "./oauth/client-credentials.ts";

/** What a connector of any type is asked by. */
export interface Recorded {
  readonly type: string;
  readonly method: string;
  readonly resourceTypes: readonly string[];
  readonly resource: string;
  /** The settings that are no secrets, as JSON; empty for none. */
  readonly configuration: string;
}

/** Issues by the provider that a connector's type, method and settings fit; others keep what they have, and refuse with LONG_LIVED_REFUSED. */
export function recorded(record: Recorded): Method {
  const settings = record.configuration === "" ? {} : (JSON.parse(record.configuration) as Settings);
  const found = providers[`${record.type}/${record.method}`]?.(settings, record) ?? "none of its method are issued here";
  return typeof found === "string" ? keeping(record, found) : found;
}

type Settings = Readonly<Record<string, unknown>>;

/** The providers by type and method; each tells by a text why it does not issue with such settings. */
const providers: Readonly<Record<string, (settings: Settings, record: Recorded) => Method | string>> = {
  "aws/iam-role": roleOf,
  "oauth2/client-credentials": clientOf,
};

function roleOf(settings: Settings, { resource, resourceTypes }: Recorded): Method | string {
  if (said(settings.policy) || said(settings.policy_arns)) return "a policy of its own would be lost";
  if (resource !== "" && typeof readS3Resource(resource) === "string") return "credentials are narrowed to S3 buckets alone";
  const generic = resourceTypes.length === 0 || resourceTypes.includes("aws-generic");
  if (!generic && !resourceTypes.includes("s3-bucket")) return "credentials are narrowed to S3 buckets alone";
  const role = create(AwsRoleSchema, {
    roleArn: text(settings.role_arn),
    region: text(settings.region),
    accessKeyId: text(settings.aws_access_key_id),
    externalId: text(settings.external_id),
    endpoint: text(settings.endpoint_url),
    resources: resource === "" ? [] : [resource],
  });
  const missing = [role.roleArn, role.region, role.accessKeyId].includes("");
  if (missing) return "role_arn, region and aws_access_key_id are needed in its configuration";
  const method = withSecret(awsRole(role), "aws_secret_access_key");
  return {
    ...method,
    narrow(asked) {
      if (asked === "" && resource === "" && !generic) throw notCovered(asked, 'ask for "s3://bucket" or "s3://bucket/prefix"');
      return method.narrow(asked);
    },
  };
}

function clientOf(settings: Settings): Method | string {
  const client = create(OauthClientSchema, {
    tokenUrl: text(settings.token_url),
    clientId: text(settings.client_id),
    scopes: Array.isArray(settings.scopes) ? settings.scopes.map(text) : [],
    audience: text(settings.audience),
    authentication: settings.authentication === "body" ? ClientAuthentication.BODY : ClientAuthentication.BASIC,
  });
  if (client.tokenUrl === "" || client.clientId === "") return "token_url and client_id are needed in its configuration";
  return withSecret(oauthClient(client), "client_secret");
}

/** The method with the secret that it needs, of all that are sealed; and with places in the configuration where something is wrong. */
const withSecret = (method: Method, name: string): Method => ({
  ...method,
  check() {
    try {
      method.check();
    } catch (error) {
      const [first] = error instanceof SignalboxError ? error.violations : [];
      throw first ? fieldInvalid("configuration.text", `${first.field.replace(/^.*\./, "")} ${first.description}`) : error;
    }
  },
  mint: (order) => method.mint({ ...order, secret: decodeSealed(order.secret).secrets[name] ?? "" }),
});

function keeping({ type, method }: Recorded, why: string): Method {
  const refuse = () => {
    throw new SignalboxError(
      Reason.LONG_LIVED_REFUSED,
      `the connector keeps what it is configured with and issues nothing that expires: ${why}; read what it keeps with ReadConnectorSecrets`,
      { metadata: { type, method } },
    );
  };
  return { keeps: true, check: () => undefined, narrow: refuse, mint: refuse };
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");
const said = (value: unknown): boolean => value !== undefined && value !== null && value !== "" && String(value) !== "";
