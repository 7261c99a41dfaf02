import { GetBucketLifecycleConfigurationCommand, S3Client } from "@aws-sdk/client-s3";
import { manifestPrefix } from "../history/publication/manifest.ts";

/** Days that a bucket keeps an export, by its lifecycle. 0: for ever, or as far as this person may know. */
export const bucketRetention = async (bucket: string, region: string): Promise<number> => {
  const answer = await new S3Client({ region })
    .send(new GetBucketLifecycleConfigurationCommand({ Bucket: bucket }))
    // a bucket without a lifecycle, or a person who may only read objects
    .catch(() => undefined);
  const rule = answer?.Rules?.find(
    ({ Status, Filter, Prefix }) => Status === "Enabled" && (Filter?.Prefix ?? Prefix) === manifestPrefix,
  );
  return rule?.Expiration?.Days ?? 0;
};
