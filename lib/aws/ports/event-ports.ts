import { S3Client } from "@aws-sdk/client-s3";
import { required } from "../../config.ts";
import type { EventPorts } from "../../ports.ts";
import { answersWithin } from "../client-options.ts";
import { s3Store } from "../s3-store.ts";
import { awsCallbackPorts } from "./callback-ports.ts";

/** The ports of the function that takes events of PBXs. Throws CONFIG_MISSING. */
export const awsEventPorts = (): EventPorts => {
  const ports = awsCallbackPorts();
  const { archiveEvents, bucket } = ports.config;
  return {
    ...ports,
    archive: archiveEvents
      ? s3Store(new S3Client(answersWithin(5_000)), required(bucket, "WILDIX_BUCKET"))
      : undefined,
  };
};
