import type { ModelStage } from "@signalbox/gen/signalbox/registry/v1/model_pb.ts";
import type { PromotionState } from "@signalbox/gen/signalbox/registry/v1/promotion_pb.ts";
import type { Micros } from "@signalbox/runtime/clock.ts";
import type { Id } from "@signalbox/runtime/ids.ts";
import type { ResourceRow } from "@signalbox/runtime/resource/row.ts";

/** That somebody asked to move a version to a stage, or an alias to it. */
export interface PromotionRow extends ResourceRow {
  projectId: Id;
  modelId: Id;
  versionId: Id;
  /** That of the version. */
  number: number;
  /** UNSPECIFIED where an alias is to stand for the version. */
  stage: ModelStage;
  /** Empty where it is to move to a stage. */
  alias: string;
  state: PromotionState;
  reason: string;
  /** Whether who stands there then is to be archived. */
  forced: number;
  /** How many approvals count. */
  approvalCount: number;
  /** How many it takes; follows the rule of the model until it ends. */
  approvalsNeeded: number;
}

/** What somebody said to a promotion: the last word of each. */
export interface ApprovalRow {
  workspaceId: Id;
  promotionId: Id;
  byId: Id;
  approved: number;
  /** Whether what the version consists of changed since. */
  outdated: number;
  comment: string;
  createTime: Micros;
}
