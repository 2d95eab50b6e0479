import type { Clock } from "@signalbox/runtime/clock.ts";
import { type TestServer, testServer } from "./http-server.ts";
import { signatureFault } from "./sigv4.ts";

export interface StsOptions {
  readonly region?: string;
  /** Secret access keys by key id. */
  readonly keys: Readonly<Record<string, string>>;
  readonly externalId?: string;
  readonly clock: Clock;
}

export interface StsServer extends TestServer {
  /** The forms of the calls that were granted. */
  readonly granted: Record<string, string>[];
}

const escaped = (text: string) => text.replace(/[<>&]/g, (char) => `&#${char.charCodeAt(0)};`);

/** What STS does for AssumeRole: checks signature, form and policy, and answers XML. */
export async function stsServer({ region = "eu-central-1", keys, externalId, clock }: StsOptions): Promise<StsServer> {
  const granted: Record<string, string>[] = [];
  const server = await testServer((received, response) => {
    const nowMs = clock() / 1000;
    const form = Object.fromEntries(new URLSearchParams(received.body));
    const fault =
      signatureFault(received, { region, service: "sts", nowMs, secretOf: (id) => keys[id] }) ??
      formFault(form) ??
      denied(form, externalId);
    if (fault) return refuse(fault);
    granted.push(form);
    const number = granted.length;
    response.writeHead(200, { "content-type": "text/xml" }).end(`<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleResult>
    <AssumedRoleUser><AssumedRoleId>AROA:x</AssumedRoleId><Arn>arn:aws:sts::123456789012:assumed-role/data/${form.RoleSessionName}</Arn></AssumedRoleUser>
    <Credentials>
      <AccessKeyId>ASIA${number}</AccessKeyId>
      <SecretAccessKey>minted-canary-key-${number}/+=</SecretAccessKey>
      <SessionToken>minted-canary-token-${number}</SessionToken>
      <Expiration>${new Date(nowMs + Number(form.DurationSeconds) * 1000).toISOString()}</Expiration>
    </Credentials>
  </AssumeRoleResult>
</AssumeRoleResponse>`);

    function refuse(code: string): void {
      // As STS does, with words that a caller is not to see.
      response
        .writeHead(403)
        .end(
          `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${escaped(received.body)}</Message></Error></ErrorResponse>`,
        );
    }
  });
  return Object.assign(server, { granted });
}

function formFault(form: Record<string, string>): string | undefined {
  const { Action, Version, RoleArn = "", RoleSessionName = "", DurationSeconds = "", Policy } = form;
  if (Action !== "AssumeRole" || Version !== "2011-06-15") return "InvalidAction";
  const seconds = Number(DurationSeconds);
  if (!RoleArn.startsWith("arn:aws:iam::") || !/^[\w+=,.@-]{2,64}$/.test(RoleSessionName) || !(seconds >= 900 && seconds <= 43_200))
    return "ValidationError";
  return Policy === undefined ? undefined : policyFault(Policy);
}

function policyFault(policy: string): string | undefined {
  if (policy.length > 2048) return "PackedPolicyTooLarge";
  try {
    const { Version, Statement } = JSON.parse(policy) as { Version: string; Statement: { Effect: string; Resource: unknown }[] };
    const arns = Statement.flatMap(({ Resource }) => Resource);
    const good = arns.every((arn) => typeof arn === "string" && (arn === "*" || arn.startsWith("arn:aws:s3:::")));
    return Version === "2012-10-17" && Statement.every(({ Effect }) => Effect === "Allow") && good ? undefined : "MalformedPolicyDocument";
  } catch {
    return "MalformedPolicyDocument";
  }
}

const denied = (form: Record<string, string>, externalId: string | undefined) =>
  externalId !== undefined && form.ExternalId !== externalId ? "AccessDenied" : undefined;
