import { metadataStore } from "@signalbox/runtime/resource/metadata.ts";

/** What is known of wait conditions beside their questions, by its keys: as it is found. What is shown is kept as a document. */
export const waitMetadata = metadataStore("runs_wait_metadata");
