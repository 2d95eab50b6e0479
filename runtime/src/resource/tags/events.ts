/** A tag was created or changed: the tag. */
export const tagChanged = "tag.changed";
/** A service counted who has a tag: TagCounts. */
export const tagCounted = "tag.counted";
/** A tag was deleted: no payload. */
export const tagDeleted = "tag.deleted";
