// Lifecycle rules of the export's bucket.

const rule = (Id, fields) => ({ Id, Status: "Enabled", ...fields });

/** Folders whose objects are deleted after the retention. */
const retained = ["legs", "calls", "queues", "agents", "manifests", "events", "customers"];

module.exports = async ({ resolveVariable }) => {
  const days = Number(await resolveVariable("param:exportRetentionDays"));
  const oldVersionDays = Number(await resolveVariable("param:oldVersionDays"));
  return [
    rule("abort-uploads", { AbortIncompleteMultipartUpload: { DaysAfterInitiation: 2 } }),
    // results of queries in Athena
    rule("query-results", { Prefix: "athena/", ExpirationInDays: 30 }),
    rule("old-versions", {
      NoncurrentVersionExpiration: { NoncurrentDays: oldVersionDays },
      ExpiredObjectDeleteMarker: true,
    }),
    // 0: kept for ever. A day is exported after its end, so no object of it goes before the day is too old
    ...(days === 0
      ? []
      : retained.map((folder) =>
          rule(`retention-${folder}`, { Prefix: `${folder}/`, ExpirationInDays: days }),
        )),
  ];
};
