import type { Migration } from "@signalbox/runtime/store/migrate.ts";
import { secrets } from "./0001-secrets.ts";
import { connectors } from "./0002-connectors.ts";
import { codeAccess } from "./0003-code-access.ts";
import { privateSecrets } from "./0004-private-secrets.ts";
import { connectorRecords } from "./0005-connector-records.ts";

/** The tables of credentials, in the order in which they came to be. */
export const migrations: Readonly<Record<string, Migration>> = {
  "0001-secrets": secrets,
  "0002-connectors": connectors,
  "0003-code-access": codeAccess,
  "0004-private-secrets": privateSecrets,
  "0005-connector-records": connectorRecords,
};
