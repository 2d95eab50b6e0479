import type { S3Resource } from "./s3-resource.ts";

/** What STS takes at most, in characters. */
export const mostPolicyLength = 2048;

const objectActions = [
  "s3:GetObject",
  "s3:GetObjectVersion",
  "s3:GetObjectTagging",
  "s3:PutObject",
  "s3:PutObjectTagging",
  "s3:DeleteObject",
  "s3:AbortMultipartUpload",
  "s3:ListMultipartUploadParts",
];
const listActions = ["s3:ListBucket", "s3:ListBucketMultipartUploads"];

/**
 * A session policy that leaves of a role's rights those on the objects of these
 * buckets and prefixes. A session has only what both the role and this allow.
 */
export function sessionPolicy(resources: readonly S3Resource[], partition: string): string {
  const arn = (path: string) => `arn:${partition}:s3:::${path}`;
  const buckets = Map.groupBy(resources, ({ bucket }) => bucket);
  const objects = resources.flatMap(({ bucket, prefix }) =>
    prefix === "" ? [arn(`${bucket}/*`)] : [arn(`${bucket}/${prefix}`), arn(`${bucket}/${prefix}/*`)],
  );
  const lists = [...buckets].map(([bucket, within]) => ({
    Effect: "Allow",
    Action: listActions,
    Resource: arn(bucket),
    ...(within.every(({ prefix }) => prefix !== "") && {
      Condition: { StringLike: { "s3:prefix": within.flatMap(({ prefix }) => [prefix, `${prefix}/*`]) } },
    }),
  }));
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Action: objectActions, Resource: objects },
      ...lists,
      { Effect: "Allow", Action: "s3:GetBucketLocation", Resource: [...buckets.keys()].map(arn) },
      {
        // Objects that S3 itself encrypts under a key of the account; of no use but through S3 and for these buckets.
        Effect: "Allow",
        Action: ["kms:Decrypt", "kms:GenerateDataKey"],
        Resource: "*",
        Condition: {
          StringLike: {
            "kms:ViaService": "s3.*",
            "kms:EncryptionContext:aws:s3:arn": [...buckets.keys()].flatMap((bucket) => [arn(bucket), arn(`${bucket}/*`)]),
          },
        },
      },
    ],
  });
}
