import { labelStore } from "@signalbox/runtime/resource/labels.ts";

/** The labels of stacks and components. */
export const resourceLabels = labelStore("registry");
