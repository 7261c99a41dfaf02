import { readOnlyDirectory } from "../lib/local/directory-store.ts";
import type { ExportStore, ReadableStore } from "../lib/store/store.ts";
import { type Context, regionOf } from "./context.ts";
import { UsageError } from "./output.ts";

/** An export in a directory, or in a bucket: `s3://BUCKET`. */
export const openExport = async (
  context: Context,
  place: string,
  region?: string,
): Promise<ReadableStore> => {
  if (!place.startsWith("s3:")) return readOnlyDirectory(place);
  return openBucket(context, place, region);
};

/** The bucket of `s3://BUCKET`. */
export const openBucket = async (context: Context, place: string, region?: string): Promise<ExportStore> => {
  const bucket = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\/?$/.exec(place)?.[1];
  if (bucket === undefined)
    throw new UsageError(`A bucket must have the form s3://NAME, without a path; got ${place}.`);
  // loaded here, so that no other command waits for the SDK
  const { awsStore } = await import("../lib/aws/s3-store.ts");
  return awsStore(bucket, regionOf(context, region));
};
