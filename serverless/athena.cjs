// Tables of the export in Athena, views with usable types over them, a workgroup with a scan limit, and the questions of sql/ as
// saved queries. docs/athena.md is about them.

const { readdirSync, readFileSync } = require("node:fs");
const { join } = require("node:path");
const { callFields } = require("../lib/history/grouping/call.ts");
const { legFields } = require("../lib/history/rows/leg-fields.ts");
const { agentFields, queueFields } = require("../lib/history/rows/name-fields.ts");
const { isOn } = require("./params.cjs");

/** The schemas of the rows: name and type of each field. */
const schemas = { calls: callFields, legs: legFields, queues: queueFields, agents: agentFields };

/** Columns of the views beside the fields. */
const derived = {
  calls: [
    [
      "missed",
      "boolean",
      "coalesce(direction = 'inbound' AND outcome IN ('abandoned', 'no_answer', 'busy', 'failed'), false)",
    ],
    ["caller_number", "varchar", numberOf("caller")],
    ["called_number", "varchar", numberOf("called")],
  ],
  // `end` is a reserved word
  legs: [
    ["started", "timestamp(3)", local("start")],
    ["answered", "timestamp(3)", local("answer")],
    ["ended", "timestamp(3)", local("end")],
  ],
};

/** Null if the number is hidden, by the rule of `isHidden` in lib/history/rows/field-text.ts. */
function numberOf(side) {
  return `coalesce(${side}_e164, CASE WHEN regexp_like(${side}, '[1-9]') AND ${side} NOT LIKE '-%' THEN ${side} END)`;
}
function local(name) {
  return `TRY_CAST("${name}" AS timestamp(3))`;
}

/** How files of a format are read, and the types that their columns have. JSON has times as texts. */
const formats = {
  ndjson: {
    input: "org.apache.hadoop.mapred.TextInputFormat",
    output: "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
    serde: "org.openx.data.jsonserde.JsonSerDe",
    // a file of another format fails the query: rows would be missing without a word
    options: { "ignore.malformed.json": "false" },
    time: "string",
    timeOf: (name) => `CAST(TRY(from_iso8601_timestamp("${name}")) AT TIME ZONE 'UTC' AS timestamp(3))`,
  },
  parquet: {
    input: "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    output: "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
    serde: "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
    time: "timestamp",
    timeOf: local,
  },
};

/** The type of a field in a table, and in a view. */
const tableType = ({ time }, type) =>
  ({ time, local: time, integer: "int", flag: "boolean" })[type] ?? "string";
const viewTypes = { time: "timestamp(3)", local: "timestamp(3)", integer: "integer", flag: "boolean" };
const hiveTypes = { varchar: "string", "timestamp(3)": "timestamp", integer: "int", boolean: "boolean" };

const fieldsOf = (dataset) => Object.entries(schemas[dataset]).map(([name, { type }]) => ({ name, type }));

const tableOf = (dataset, format) => ({
  Type: "AWS::Glue::Table",
  Properties: {
    CatalogId: { Ref: "AWS::AccountId" },
    DatabaseName: { Ref: "AthenaDatabase" },
    TableInput: {
      Name: `${dataset}_files`,
      Description: `Files of the dataset ${dataset}; query the view ${dataset}`,
      TableType: "EXTERNAL_TABLE",
      PartitionKeys: [{ Name: "dt", Type: "string" }],
      Parameters: {
        EXTERNAL: "TRUE",
        "projection.enabled": "true",
        "projection.dt.type": "date",
        "projection.dt.format": "yyyy-MM-dd",
        "projection.dt.range": "2010-01-01,NOW+1DAYS",
        "projection.dt.interval": "1",
        "projection.dt.interval.unit": "DAYS",
        "storage.location.template": { "Fn::Sub": `s3://\${ExportBucket}/${dataset}/dt=\${!dt}/` },
      },
      StorageDescriptor: {
        Columns: fieldsOf(dataset).map(({ name, type }) => ({ Name: name, Type: tableType(format, type) })),
        Location: { "Fn::Sub": `s3://\${ExportBucket}/${dataset}/` },
        InputFormat: format.input,
        OutputFormat: format.output,
        SerdeInfo: {
          SerializationLibrary: format.serde,
          ...(format.options && { Parameters: format.options }),
        },
      },
    },
  },
});

/** Columns of a view: name, type and expression. */
const viewColumns = (dataset, format) => [
  ...fieldsOf(dataset).map(({ name, type }) => {
    const expression = { time: format.timeOf(name), local: local(name) }[type] ?? `"${name}"`;
    return [name, viewTypes[type] ?? "varchar", expression];
  }),
  ["dt", "varchar", "dt"],
  ["pbx", "varchar", `regexp_extract("$path", '/pbx=([^/]+)/', 1)`],
  ...(derived[dataset] ?? []),
];

/** Days of the old layout have legs in the folder of the calls, where every column would be null: a query over one of them fails. */
const conditions = {
  calls: `WHERE CASE WHEN outcome IS NULL THEN CAST('Old layout, to be exported again: ' || "$path" AS boolean) ELSE true END`,
};

const viewSql = (dataset, format, database) =>
  [
    `SELECT\n${viewColumns(dataset, format)
      .map(([name, , expression]) => `  ${expression === name ? name : `${expression} AS "${name}"`}`)
      .join(",\n")}`,
    `FROM ${database}.${dataset}_files`,
    conditions[dataset] ?? [],
  ]
    .flat()
    .join("\n");

const viewOf = (dataset, format, database) => {
  const columns = viewColumns(dataset, format);
  const view = {
    originalSql: viewSql(dataset, format, database),
    catalog: "awsdatacatalog",
    schema: database,
    columns: columns.map(([name, type]) => ({ name, type })),
  };
  return {
    Type: "AWS::Glue::Table",
    DependsOn: [tableId(dataset)],
    Properties: {
      CatalogId: { Ref: "AWS::AccountId" },
      DatabaseName: { Ref: "AthenaDatabase" },
      TableInput: {
        Name: dataset,
        Description: `The dataset ${dataset}, with times as timestamps and the PBX of each row`,
        TableType: "VIRTUAL_VIEW",
        Parameters: { presto_view: "true", comment: "Presto View" },
        StorageDescriptor: {
          Columns: columns.map(([name, type]) => ({ Name: name, Type: hiveTypes[type] })),
          SerdeInfo: {},
        },
        ViewOriginalText: `/* Presto View: ${Buffer.from(JSON.stringify(view)).toString("base64")} */`,
        ViewExpandedText: "/* Presto View */",
      },
    },
  };
};

const camel = (name) => name.replace(/(?:^|-)(\w)/g, (_, letter) => letter.toUpperCase());
const tableId = (dataset) => `Athena${camel(dataset)}Table`;

const savedQuery = (Name, Description, QueryString) => [
  `AthenaQuery${camel(Name)}`,
  {
    Type: "AWS::Athena::NamedQuery",
    Properties: {
      Name,
      Description,
      Database: { Ref: "AthenaDatabase" },
      WorkGroup: { Ref: "AthenaWorkGroup" },
      QueryString,
    },
  },
];

/** Each file of sql/. The first line of its comment is the question. */
const questions = () => {
  const folder = join(__dirname, "..", "sql");
  return readdirSync(folder)
    .filter((file) => file.endsWith(".sql"))
    .sort()
    .map((file) => {
      const sql = readFileSync(join(folder, file), "utf8");
      return savedQuery(file.replace(/\.sql$/, ""), sql.split("\n")[0].slice(3), sql);
    });
};

module.exports = async ({ resolveVariable }) => {
  if (!(await isOn(resolveVariable, "athena"))) return { Resources: {} };
  const service = await resolveVariable("self:service");
  const name = `${service}-${await resolveVariable("sls:stage")}`;
  const database = name.toLowerCase().replace(/[^a-z0-9]/g, "_");
  const format = formats[await resolveVariable("param:exportFormat")];
  if (format === undefined) throw new Error("`exportFormat` must be ndjson or parquet");
  const gigabytes = Number(await resolveVariable("param:athenaScanGigabytes"));
  if (!Number.isInteger(gigabytes) || gigabytes < 1)
    throw new Error(`\`athenaScanGigabytes\` must be a whole number above 0; got ${gigabytes}`);
  const names = Object.keys(schemas);
  return {
    Resources: {
      AthenaDatabase: {
        Type: "AWS::Glue::Database",
        Properties: {
          CatalogId: { Ref: "AWS::AccountId" },
          DatabaseInput: { Name: database, Description: `Call history of ${name}` },
        },
      },
      ...Object.fromEntries(names.map((dataset) => [tableId(dataset), tableOf(dataset, format)])),
      ...Object.fromEntries(
        names.map((dataset) => [`Athena${camel(dataset)}View`, viewOf(dataset, format, database)]),
      ),
      AthenaWorkGroup: {
        Type: "AWS::Athena::WorkGroup",
        Properties: {
          Name: name,
          Description: "Questions to the call history",
          RecursiveDeleteOption: true,
          WorkGroupConfiguration: {
            EnforceWorkGroupConfiguration: true,
            BytesScannedCutoffPerQuery: gigabytes * 1024 ** 3,
            EngineVersion: { SelectedEngineVersion: "Athena engine version 3" },
            ResultConfiguration: {
              OutputLocation: { "Fn::Sub": "s3://${ExportBucket}/athena/" },
              EncryptionConfiguration: { EncryptionOption: "SSE_S3" },
            },
          },
        },
      },
      ...Object.fromEntries([
        ...questions(),
        ...names.map((dataset) =>
          savedQuery(
            `create-view-${dataset}`,
            `Create the view ${dataset} again, if Athena says that it is stale`,
            `CREATE OR REPLACE VIEW ${dataset} AS\n${viewSql(dataset, format, database)}`,
          ),
        ),
      ]),
    },
    Outputs: {
      AthenaDatabaseName: { Value: { Ref: "AthenaDatabase" } },
      AthenaWorkGroupName: { Value: { Ref: "AthenaWorkGroup" } },
    },
  };
};
