import { ModelStageSchema, type PromotionRule, PromotionRuleSchema } from "@signalbox/gen/signalbox/registry/v1/model_pb.ts";
import { ModelService } from "@signalbox/gen/signalbox/registry/v1/model_service_pb.ts";
import {
  type Promotion,
  PromotionSchema,
  PromotionService,
  PromotionState,
  PromotionStateSchema,
} from "@signalbox/gen/signalbox/registry/v1/promotion_pb.ts";
import type { Command } from "commander";
import type { Act } from "../act.ts";
import { needed } from "../arguments.ts";
import { type Context, jsonText } from "../context.ts";
import { wrongUsage } from "../failure.ts";
import type { Column } from "../output/table.ts";
import { ago } from "../output/time.ts";
import { counted, word } from "../output/words.ts";
import { type ListOptions, printList } from "../pages.ts";
import { namedProject, projectOf } from "../project.ts";
import { findModelVersion } from "./find-model-version.ts";
import { collected, examples, withListOptions } from "./list-options.ts";
import { stageNamed } from "./model-stages.ts";

const counting = ({ approvals }: Promotion): number => approvals.filter(({ approved, outdated }) => approved && !outdated).length;

const columns = (now: number): readonly Column<Promotion>[] => [
  { heading: "MODEL", cell: ({ modelName }) => modelName },
  { heading: "VERSION", cell: ({ number }) => String(number) },
  { heading: "TO", cell: (promotion) => targetName(promotion) },
  { heading: "STATE", cell: ({ state }) => word(PromotionStateSchema, state) },
  { heading: "APPROVALS", cell: (promotion) => `${counting(promotion)} of ${promotion.approvalsNeeded}` },
  { heading: "ASKED", cell: ({ createTime }) => ago(createTime, now) },
  { heading: "BY", cell: ({ owner }) => owner?.name ?? "" },
  { heading: "REASON", cell: ({ reason }) => reason },
];

/** "production", or "@champion" for an alias. */
const targetName = ({ stage, alias }: Pick<Promotion, "stage" | "alias">): string => (alias ? `@${alias}` : word(ModelStageSchema, stage));

const target = (text: string) => (text.startsWith("@") ? { alias: text.slice(1) } : { stage: stageNamed(text) });

interface Deciding {
  readonly comment?: string;
  readonly to?: string;
}

/** `models promote`, `models promotions`, `models approve`, `models reject`, `models withdraw` and `models rule`. */
export function addModelsPromotions(models: Command, act: Act): void {
  models
    .command("promote <model> <version> <to>")
    .description("ask others to approve that a version moves to a stage, or that an alias such as @champion stands for it")
    .option("--force", "archive the version that stands there then")
    .option("--reason <text>", "why")
    .addHelpText("after", examples('models promote penguin-classifier 7 production --reason "better on Torgersen"'))
    .action(act<{ force?: boolean; reason?: string }>(promote));
  withListOptions(models.command("promotions [model]").description("list what was asked and approved, newest first"))
    .addHelpText("after", examples("models promotions --filter 'state = pending'"))
    .action(act<ListOptions>(listPromotions));
  for (const verb of ["approve", "reject"]) {
    models
      .command(`${verb} <model> <version>`)
      .description(`${verb} that a version moves, as somebody asked`)
      .option("--to <stage>", "to which stage or @alias, where several were asked for")
      .option("--comment <text>", "why, for the record")
      .addHelpText("after", examples(`models ${verb} penguin-classifier 7 --comment "measured it"`))
      .action(act<Deciding>((context, options, model, version) => decide(context, verb === "approve", options, model, version)));
  }
  models
    .command("withdraw <model> <version>")
    .description("take back what was asked")
    .option("--to <stage>", "which, where several stages or aliases were asked for")
    .action(act<Deciding>(withdraw));
  models
    .command("rule <model>")
    .description("show how many must approve that versions move to which stages and aliases, or change it")
    .option("--approvals <number>", "how many others must approve; 0 for none", Number)
    .option("--to <stage>", "a stage or @alias that takes it, production where none is named; again for more", collected)
    .addHelpText("after", examples("models rule penguin-classifier", "models rule penguin-classifier --approvals 2 --to production"))
    .action(act<{ approvals?: number; to?: string[] }>(showOrSetRule));
}

async function promote(
  context: Context,
  { force = false, reason = "" }: { force?: boolean; reason?: string },
  model: string | undefined,
  version: string | undefined,
  name: string | undefined,
): Promise<void> {
  const to = target(needed(name, "the stage or alias"));
  const modelVersion = (await findModelVersion(context, model, version)).id;
  const request = { modelVersion, ...to, force, reason };
  const { promotion } = await context.connect().client(PromotionService).requestPromotion(request);
  if (promotion) tell(context, promotion);
}

async function listPromotions(context: Context, options: ListOptions, model: string | undefined): Promise<void> {
  const project = model === undefined ? namedProject(context) : await projectOf(context, model);
  await printList(context, options, {
    schema: PromotionSchema,
    columns: columns(context.now()),
    nothing: "nobody asked for a promotion",
    fetch: async (page) => {
      const request = { project, model: model ?? "", filter: options.filter ?? "", orderBy: options.order ?? "", ...page };
      const answer = await context.connect().client(PromotionService).listPromotions(request);
      return { items: answer.promotions, nextPageToken: answer.nextPageToken };
    },
  });
}

async function decide(
  context: Context,
  approved: boolean,
  { comment = "", to }: Deciding,
  model: string | undefined,
  version: string | undefined,
): Promise<void> {
  const { id } = await openOne(context, to, model, version);
  const { promotion } = await context.connect().client(PromotionService).decidePromotion({ promotion: id, approved, comment });
  if (promotion) tell(context, promotion);
}

async function withdraw(context: Context, { to }: Deciding, model: string | undefined, version: string | undefined): Promise<void> {
  const { id } = await openOne(context, to, model, version);
  const { promotion } = await context.connect().client(PromotionService).withdrawPromotion({ promotion: id });
  if (promotion) tell(context, promotion);
}

/** The promotion of a version that is pending or approved, where that is one. */
async function openOne(
  context: Context,
  to: string | undefined,
  model: string | undefined,
  version: string | undefined,
): Promise<Promotion> {
  const asked = to === undefined ? { alias: "" } : target(to);
  const alias = asked.alias ? ` AND alias = "${asked.alias.replaceAll(/[\\"*]/g, "\\$&")}"` : "";
  const stage = to !== undefined && alias === "" ? ` AND stage = ${word(ModelStageSchema, stageNamed(to))}` : alias;
  const found = await findModelVersion(context, model, version);
  const request = { filter: `model_version = ${found.id} AND state = (pending OR approved)${stage}`, pageSize: 10 };
  const { promotions } = await context.connect().client(PromotionService).listPromotions(request);
  const [only, ...others] = promotions;
  if (!only) throw wrongUsage(`nobody asks that ${found.called} moves`, `npx signalbox models promotions ${model}`);
  if (others.length === 0) return only;
  const stages = promotions.map(targetName).join(", ");
  throw wrongUsage(`${found.called} is asked for at several: ${stages}`, "--to production");
}

/** Prints what has become of a promotion, and what moves the version where it may. */
function tell(context: Context, promotion: Promotion): void {
  context.print(context.options.json ? jsonText(PromotionSchema, promotion) : outcome(promotion));
}

function outcome(promotion: Promotion): string {
  const { number, modelName, state, approvalsNeeded } = promotion;
  const to = targetName(promotion);
  const moves = promotion.alias ? `models alias ${modelName} ${promotion.alias} ${number}` : `models stage ${modelName} ${number} ${to}`;
  const what = `the promotion of version ${number} of ${modelName} to ${to}`;
  if (state === PromotionState.APPROVED) return `${what} is approved; npx signalbox ${moves} moves it`;
  if (state === PromotionState.PENDING) return `${what} waits for ${counted(approvalsNeeded - counting(promotion), "approval")}`;
  return `${what} is ${word(PromotionStateSchema, state)}`;
}

async function showOrSetRule(
  context: Context,
  { approvals, to = [] }: { approvals?: number; to?: string[] },
  name: string | undefined,
): Promise<void> {
  const model = needed(name, "the model");
  const models = context.connect().client(ModelService);
  const asked = { model, project: await projectOf(context, model) };
  if (approvals === undefined && to.length > 0) throw wrongUsage("how many must approve is missing", `models rule ${model} --approvals 1`);
  const [aliases, stages] = [true, false].map((alias) => to.filter((each) => each.startsWith("@") === alias)) as [string[], string[]];
  const promotionRule = { approvals: approvals ?? 0, stages: stages.map(stageNamed), aliases: aliases.map((each) => each.slice(1)) };
  const { model: now } = await (approvals === undefined
    ? models.getModel(asked)
    : models.updateModel({ ...asked, promotionRule, updateMask: { paths: ["promotion_rule"] } }));
  context.print(context.options.json ? ruleJson(now?.promotionRule) : ruleText(model, now?.promotionRule));
}

const ruleJson = (rule: PromotionRule | undefined): string => (rule ? jsonText(PromotionRuleSchema, rule) : "{}");

function ruleText(model: string, rule: PromotionRule | undefined): string {
  if (!rule) return `versions of ${model} move without approval`;
  const stages = [...rule.stages.map((stage) => word(ModelStageSchema, stage)), ...rule.aliases.map((alias) => `@${alias}`)].join(", ");
  return `versions of ${model} move to ${stages} with ${counted(rule.approvals, "approval")}`;
}
