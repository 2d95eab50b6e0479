import { create } from "@bufbuild/protobuf";
import { timestampNow } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { ErrorInfoSchema } from "@signalbox/gen/google/rpc/error_details_pb.ts";
import { RunSchema } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { expect, test } from "vitest";
import { openConnection } from "../src/connection.ts";
import { runReader } from "../src/runs.ts";
import { serveFake } from "./fake-server.ts";

const refusals = [
  ["OVERLOADED", Code.ResourceExhausted],
  ["RATE_LIMITED", Code.ResourceExhausted],
  ["UNAVAILABLE", Code.Unavailable],
] as const;

test.each(refusals)("a run is watched on after the server said %s", async (reason, code) => {
  const asked: bigint[] = [];
  const server = await serveFake(({ rpc }) =>
    rpc(RunService.method.watchRun, async function* ({ afterRevision }) {
      asked.push(afterRevision);
      yield { part: { case: "current" as const, value: 7n } };
      if (asked.length === 1) {
        const info = { desc: ErrorInfoSchema, value: create(ErrorInfoSchema, { reason, domain: "signalbox" }) };
        throw new ConnectError("not now", code, undefined, [info]);
      }
      yield { part: { case: "run" as const, value: create(RunSchema, { id: "1", endTime: timestampNow() }) } };
      yield { part: { case: "current" as const, value: 8n } };
    }),
  );
  const connection = openConnection({ url: server.url, credential: "sbk_test" });
  const seen: string[] = [];
  for await (const { kind } of runReader(connection, undefined).watch("1")) seen.push(kind);
  expect(seen).toEqual(["run"]);
  expect(asked).toEqual([0n, 7n]);
  connection.close();
  await server.close();
});
