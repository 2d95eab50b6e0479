import type { AwsRole, OauthClient } from "@signalbox/gen/signalbox/credentials/v1/credential_pb.ts";
import { aName, type Replica } from "./fixtures.ts";

type Fields<M> = Partial<Omit<M, "$typeName" | "$unknown">>;

export const awsSecret = "long-lived-canary-aws-0123456789";
export const oauthSecret = "long-lived-canary:oauth%&=+ 0123456789";

/** The settings of a role that the test's STS knows. */
export const aRole = (endpoint: string, over: Fields<AwsRole> = {}): Fields<AwsRole> => ({
  roleArn: "arn:aws:iam::123456789012:role/data",
  region: "eu-central-1",
  accessKeyId: "AKIATEST",
  endpoint,
  ...over,
});

export const aClient = (tokenUrl: string, over: Fields<OauthClient> = {}): Fields<OauthClient> => ({
  tokenUrl,
  clientId: "signalbox:test",
  ...over,
});

export async function aConnector(
  { connectors }: Pick<Replica, "connectors">,
  request: Parameters<Replica["connectors"]["createConnector"]>[0],
) {
  const { connector } = await connectors.createConnector({ name: aName(), ...request });
  if (!connector) throw new Error("no connector");
  return connector;
}

export const awsConnector = (part: Pick<Replica, "connectors">, endpoint: string, over: Fields<AwsRole> = {}, lifetimeSeconds = 0) =>
  aConnector(part, { awsRole: aRole(endpoint, over), secret: awsSecret, lifetimeSeconds });

export const oauthConnector = (part: Pick<Replica, "connectors">, tokenUrl: string, over: Fields<OauthClient> = {}) =>
  aConnector(part, { oauthClient: aClient(tokenUrl, over), secret: oauthSecret });
