import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type DescMethod, getOption } from "@bufbuild/protobuf";
import { access } from "@signalbox/gen/signalbox/options/v1/options_pb.ts";
import * as exported from "@signalbox/sdk/services";
import { expect, test } from "vitest";
import { methods } from "../src/contract/services.ts";
import { verbs } from "../src/derived/verbs.ts";

const outside = methods.filter((method) => getOption(method, access).rule.case !== "internal");
const of = ({ parent, name }: DescMethod): string => `${parent.name}/${name}`;
const commands = fileURLToPath(new URL("../src/", import.meta.url));
const sources = globSync("**/*.ts", { cwd: commands, exclude: (name) => name.endsWith(".test.ts") }).map((file) =>
  readFileSync(`${commands}${file}`, "utf8"),
);

/** Whether a command was written for the method. */
const hasCommand = ({ parent, localName }: DescMethod): boolean =>
  sources.some((text) => text.includes(parent.name) && text.includes(`.${localName}(`));

/** What no command is for but `api`, and why. */
const programs = "programs do so, and people see what comes of it";
const many = "programs read many at once; people list them, or show one";
const withoutCommand: Readonly<Record<string, string>> = {
  "AuthService/RefreshSession": "sessions are renewed by themselves",
  "AuthService/ListSigningKeys": "services verify tokens by them",
  "AuthorizationService/Check": "explain answers the same with the reasons",
  "AuthorizationService/BatchCheck": "explain answers the same with the reasons",
  "AuthorizationService/ListAllowed": "services ask it where their mirror is cold",
  "AuthorizationService/WatchPolicy": "services mirror the policy by it",
  "RunService/CreateRun": programs,
  "RunService/FindCachedSteps": programs,
  "StepService/ReserveStep": programs,
  "SnapshotService/CreateSnapshot": programs,
  "ArtifactVersionService/BatchCreateArtifactVersions": programs,
  "WaitConditionService/PollWaitCondition": programs,
  "HookService/RecordHookInvocation": programs,
  ...Object.fromEntries(
    ["Report", "BatchReport", "StartStep", "EndStep", "Heartbeat", "PlanSteps", "EndRun"].map((name) => [
      `ReportService/${name}`,
      programs,
    ]),
  ),
  "ModelVersionService/GetModelVersion": "models show finds it by name",
  "ArtifactVersionService/GetArtifactVersion": "artifacts show finds it by name",
};

test("every call has a command, or a reason to have none", () => {
  const derived = new Set(verbs.map(([, method]) => method));
  const without = outside.filter((method) => !hasCommand(method) && !derived.has(of(method)) && withoutCommand[of(method)] === undefined);
  expect(without.filter(({ name }) => !name.startsWith("BatchGet")).map(of), many).toEqual([]);
});

test("what is excused has none, and what has one is not made twice", () => {
  const known = new Map(outside.map((method) => [of(method), method]));
  const excused = Object.keys(withoutCommand).map((name) => [name, known.get(name)] as const);
  expect(excused.filter(([, method]) => !method || hasCommand(method)).map(([name]) => name)).toEqual([]);
  const twice = verbs.filter(([, name]) => !known.has(name) || hasCommand(known.get(name) as DescMethod));
  expect(twice).toEqual([]);
});

test("every service that may be called is one that the SDK has", () => {
  const names = new Set(outside.map(({ parent }) => parent.name));
  expect(Object.keys(exported).sort()).toEqual([...names].sort());
  for (const service of Object.values(exported)) expect(names.has(service.name)).toBe(true);
});
