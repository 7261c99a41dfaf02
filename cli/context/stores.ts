import type { Day } from "../../lib/history/calendar/local-days.ts";
import { oldestKeptAnywhere } from "../../lib/history/calendar/retention.ts";
import { readOnlyDirectory } from "../../lib/local/directory-store.ts";
import { readCustomers } from "../../lib/store/customers.ts";
import type { ExportStore, ReadableStore } from "../../lib/store/store.ts";
import { UsageError } from "../terminal/output.ts";
import { type Context, regionOf } from "./context.ts";

/** An export in a directory, or in a bucket: `s3://BUCKET`. */
export const openExport = async (
  context: Context,
  place: string,
  region?: string,
): Promise<ReadableStore> => {
  return readCustomers(
    place.startsWith("s3:") ? await openBucket(context, place, region) : readOnlyDirectory(place),
  );
};

/** The oldest day that the bucket of an export keeps, by its lifecycle. Undefined: all days, and in a directory. */
export const keptFrom = async (
  context: Context,
  place: string,
  region?: string,
): Promise<Day | undefined> => {
  const bucket = bucketIn(place);
  if (bucket === undefined) return undefined;
  const { bucketRetention } = await import("../../lib/aws/bucket-retention.ts");
  const days = await bucketRetention(bucket, regionOf(context, region));
  return oldestKeptAnywhere(context.clock.now(), days);
};

const bucketIn = (place: string): string | undefined =>
  /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\/?$/.exec(place)?.[1];

/** The bucket of `s3://BUCKET`. */
export const openBucket = async (context: Context, place: string, region?: string): Promise<ExportStore> => {
  const bucket = bucketIn(place);
  if (bucket === undefined)
    throw new UsageError(`A bucket must have the form s3://NAME, without a path; got ${place}.`);
  // loaded here, so that no other command waits for the SDK
  const { awsStore } = await import("../../lib/aws/s3-store.ts");
  return awsStore(bucket, regionOf(context, region));
};
