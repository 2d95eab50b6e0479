import { wordStore } from "@signalbox/runtime/resource/words.ts";

/** The words of the names of snapshots: those without a name have none. */
export const snapshotWords = wordStore("registry_snapshot");
