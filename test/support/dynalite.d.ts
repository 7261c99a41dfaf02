/** DynamoDB over its real protocol, in memory; the package has no types. */
declare module "dynalite" {
  import type { Server } from "node:http";

  const dynalite: (options?: { readonly createTableMs?: number }) => Server;
  export = dynalite;
}
