import { create } from "@bufbuild/protobuf";
import {
  type IssueCredentialResponse,
  IssueCredentialResponseSchema,
} from "@signalbox/gen/signalbox/credentials/v1/connector_service_pb.ts";
import { toTimestamp } from "@signalbox/runtime/events/timestamp.ts";
import { toUuid } from "@signalbox/runtime/ids.ts";
import type { IssueRow } from "../tables.ts";
import { type Minted, refreshTime } from "./minted.ts";

export function toAnswer(minted: Minted, { id, issueTime: now }: Pick<IssueRow, "id" | "issueTime">): IssueCredentialResponse {
  const { kind, ...credential } = minted.credential;
  return create(IssueCredentialResponseSchema, {
    lease: toUuid(id),
    [kind]: credential,
    expireTime: toTimestamp(minted.expireTime),
    refreshTime: toTimestamp(refreshTime(minted, now)),
  });
}
