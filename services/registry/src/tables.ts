import type { AuditEventTable } from "@signalbox/runtime/audit/tables.ts";
import type { LabelTable } from "@signalbox/runtime/resource/labels.ts";
import type { MetadataTable } from "@signalbox/runtime/resource/metadata.ts";
import type { MetadataEntryTable } from "@signalbox/runtime/resource/metadata-history.ts";
import type { KnownTagTable, TagCountTable, TaggingTable, TagTouchTable } from "@signalbox/runtime/resource/tags/tables.ts";
import type { WordTable } from "@signalbox/runtime/resource/words.ts";
import type { CursorTable } from "@signalbox/runtime/store/consume.ts";
import type { DocumentTable } from "@signalbox/runtime/store/document.ts";
import type { OutboxTable } from "@signalbox/runtime/store/outbox.ts";
import type { BuildImageRow, BuildRow } from "./build/tables.ts";
import type { CodeRepositoryRow } from "./code-repository/tables.ts";
import type { FlavorRow } from "./flavor/tables.ts";
import type { FoldedNameRow } from "./folded-names.ts";
import type {
  ModelAliasRow,
  ModelArtifactRow,
  ModelRow,
  ModelRunRow,
  ModelStageRow,
  ModelVersionRow,
  StageChangeRow,
} from "./model/tables.ts";
import type { PipelinePurgeRow, PipelineRow, SnapshotRow, SnapshotStepRow } from "./pipeline/tables.ts";
import type { ProjectRow } from "./project/tables.ts";
import type { ApprovalRow, PromotionRow } from "./promotion/tables.ts";
import type { RunRow } from "./run/tables.ts";
import type { RunTemplateRow } from "./run-template/tables.ts";
import type { PreferencesRow, SettingsRow } from "./settings/tables.ts";
import type { ComponentRow, StackComponentRow, StackRow } from "./stack/tables.ts";
import type { TagRow } from "./tag/tables.ts";

/** The tables of registry. Every key begins with the workspace; ids that are none are all zeros, texts that are none are empty. */
export interface RegistryTables {
  registry_project: ProjectRow;
  registry_component: ComponentRow;
  registry_stack: StackRow;
  registry_stack_component: StackComponentRow;
  registry_folded_name: FoldedNameRow;
  registry_flavor: FlavorRow;
  registry_label: LabelTable;
  registry_pipeline: PipelineRow;
  registry_pipeline_purge: PipelinePurgeRow;
  registry_snapshot: SnapshotRow;
  registry_snapshot_step: SnapshotStepRow;
  registry_build: BuildRow;
  registry_build_image: BuildImageRow;
  registry_document: DocumentTable;
  registry_code_repository: CodeRepositoryRow;
  registry_run_template: RunTemplateRow;
  registry_run: RunRow;
  registry_model: ModelRow;
  registry_model_version: ModelVersionRow;
  registry_model_alias: ModelAliasRow;
  registry_model_stage: ModelStageRow;
  registry_stage_change: StageChangeRow;
  registry_promotion: PromotionRow;
  registry_approval: ApprovalRow;
  registry_model_artifact: ModelArtifactRow;
  registry_model_run: ModelRunRow;
  registry_model_metadata: MetadataTable;
  registry_model_metadata_entry: MetadataEntryTable;
  registry_word: WordTable;
  registry_tag: TagRow;
  registry_known_tag: KnownTagTable;
  registry_tagging: TaggingTable;
  registry_tag_touch: TagTouchTable;
  registry_tag_count: TagCountTable;
  registry_settings: SettingsRow;
  registry_preferences: PreferencesRow;
  registry_outbox: OutboxTable;
  registry_cursor: CursorTable;
  registry_audit_event: AuditEventTable;
}
