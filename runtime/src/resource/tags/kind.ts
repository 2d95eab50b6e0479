import { tagReading } from "./reading.ts";
import { type Taggable, taggings } from "./taggable.ts";

/** A kind of resource with tags: what a service writes down of it, and what it then can do. */
export type TagKind = ReturnType<typeof tagKind>;

export const tagKind = (taggable: Taggable) => ({ taggable, ...tagReading(taggable), ...taggings(taggable) });
