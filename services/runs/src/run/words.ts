import { wordStore } from "@signalbox/runtime/resource/words.ts";

/** The words of the names of runs. */
export const runWords = wordStore("runs_run");
