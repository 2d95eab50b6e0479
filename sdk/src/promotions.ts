import { type Promotion as PromotionRecord, PromotionService, PromotionState } from "@signalbox/gen/signalbox/registry/v1/promotion_pb.ts";
import type { Connection } from "./connection.ts";
import { misuse } from "./errors.ts";
import { type Stage, stageName } from "./models.ts";

const states = {
  pending: PromotionState.PENDING,
  approved: PromotionState.APPROVED,
  rejected: PromotionState.REJECTED,
  done: PromotionState.DONE,
  withdrawn: PromotionState.WITHDRAWN,
} as const;
const stateNames = new Map(Object.entries(states).map(([name, state]) => [state as number, name as keyof typeof states]));

/** That somebody asked to move a version of a model to a stage, or an alias to it. */
export interface Promotion {
  /** Its UUID. */
  readonly id: string;
  /** The name of the model. */
  readonly model: string;
  /** The number of the version. */
  readonly version: number;
  readonly stage: Stage;
  /** The alias that is to stand for the version; empty where it is to move to a stage. */
  readonly alias: string;
  readonly state: keyof typeof states;
  /** Why, in the words of who asked. */
  readonly reason: string;
  /** How many others must approve. */
  readonly approvalsNeeded: number;
  /** What was said to it; an outdated approval counts no more, because the version consists of something else since. */
  readonly approvals: readonly {
    readonly by: string;
    readonly approved: boolean;
    readonly comment: string;
    readonly outdated: boolean;
  }[];
}

export interface ListPromotions {
  readonly project?: string | undefined;
  /** The name of a model. */
  readonly model?: string;
  /** In the language of docs/lists.md, such as "state = pending". */
  readonly filter?: string;
}

/** What was asked of those who approve. */
export interface Promotions {
  list(options?: ListPromotions): AsyncGenerator<Promotion>;
  /** Approves a promotion that somebody else asked for. */
  approve(id: string, comment?: string): Promise<Promotion>;
  reject(id: string, comment?: string): Promise<Promotion>;
  /** Takes back what was asked for. */
  withdraw(id: string): Promise<Promotion>;
}

export function promotions(connection: Connection, ofBox: string | undefined): Promotions {
  const service = connection.client(PromotionService);
  const decide = async (id: string, approved: boolean, comment = "") =>
    toPromotion((await service.decidePromotion({ promotion: id, approved, comment })).promotion);
  return {
    async *list({ project = ofBox ?? "", model = "", filter = "" } = {}) {
      for (let pageToken = ""; ; ) {
        const page = await service.listPromotions({ project, model, filter, pageToken });
        yield* page.promotions.map(toPromotion);
        pageToken = page.nextPageToken;
        if (pageToken === "") return;
      }
    },
    approve: (id, comment) => decide(id, true, comment),
    reject: (id, comment) => decide(id, false, comment),
    withdraw: async (id) => toPromotion((await service.withdrawPromotion({ promotion: id })).promotion),
  };
}

export function toPromotion(record: PromotionRecord | undefined): Promotion {
  const state = stateNames.get(record?.state ?? 0);
  if (!record || !state) throw misuse("the server answered without telling of the promotion");
  const { id, modelName: model, number: version, alias, reason, approvalsNeeded } = record;
  return {
    ...{ id, model, version, stage: stageName(record.stage), alias, state, reason, approvalsNeeded },
    approvals: record.approvals.map(({ by, approved, comment, outdated }) => ({ by: by?.name ?? "", approved, comment, outdated })),
  };
}
