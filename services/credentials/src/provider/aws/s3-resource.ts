/** A bucket, or what lies in it under a prefix. */
export interface S3Resource {
  readonly bucket: string;
  /** Without slashes at its ends; empty for the whole bucket. */
  readonly prefix: string;
}

const bucketName = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** Reads "s3://bucket" or "s3://bucket/prefix"; otherwise the text tells what is wrong. */
export function readS3Resource(resource: string): S3Resource | string {
  if (!resource.startsWith("s3://")) return 'it must be "s3://bucket" or "s3://bucket/prefix"';
  const path = resource.slice("s3://".length);
  const slash = path.includes("/") ? path.indexOf("/") : path.length;
  const bucket = path.slice(0, slash);
  if (!bucketName.test(bucket)) return "the name of a bucket is 3 to 63 lower-case letters, digits, dots and hyphens";
  const prefix = path.slice(slash + 1).replace(/\/$/, "");
  // In a policy these three mean more than themselves, which would widen it.
  if (/[*?$]/.test(prefix)) return "a prefix holds none of * ? $";
  if (prefix !== "" && prefix.split("/").some((part) => part === "" || part === "." || part === ".."))
    return 'a prefix has no part that is empty, "." or ".."';
  return { bucket, prefix };
}

/** One spelling for each resource: "s3://bucket/prefix". */
export const spell = ({ bucket, prefix }: S3Resource): string => `s3://${bucket}${prefix === "" ? "" : `/${prefix}`}`;

/** Whether all that lies in `inner` lies in `outer` too. */
export const contains = (outer: S3Resource, inner: S3Resource): boolean =>
  outer.bucket === inner.bucket && (outer.prefix === "" || outer.prefix === inner.prefix || inner.prefix.startsWith(`${outer.prefix}/`));
