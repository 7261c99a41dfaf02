import { S3Client } from "@aws-sdk/client-s3";
import { required } from "../../config.ts";
import type { StorePorts } from "../../ports.ts";
import { answersWithin } from "../client-options.ts";
import { s3Store } from "../s3-store.ts";
import { awsPorts } from "./ports.ts";

/** The ports of a function that reads or writes the bucket. Apart from ports.ts, so that the others do not carry S3's client. */
export const awsStorePorts = (): StorePorts => {
  const ports = awsPorts();
  // time enough for 8 MiB of a part
  const s3 = new S3Client(answersWithin(20_000));
  return { ...ports, store: s3Store(s3, required(ports.config.bucket, "WILDIX_BUCKET")) };
};
