/** A tag was created or changed: the tag. */
export const tagChanged = "tag.changed";
/** A tag was deleted: no payload. */
export const tagDeleted = "tag.deleted";
