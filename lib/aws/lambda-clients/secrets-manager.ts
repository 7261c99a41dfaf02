/** Replaces @aws-sdk/client-secrets-manager in the bundles, as far as the functions use it. */
import type * as Sdk from "@aws-sdk/client-secrets-manager";
import { commandClass, JsonClient, type JsonClientOptions } from "./json-client.ts";

export class SecretsManagerClient extends JsonClient {
  constructor(options: JsonClientOptions) {
    const service = {
      name: "secretsmanager",
      variable: "SECRETS_MANAGER",
      target: "secretsmanager",
      version: "1.1",
    } as const;
    super(service, {}, options);
  }
}

/** Times are epoch seconds in JSON. */
const readList = (answer: object): Sdk.ListSecretsResponse => {
  const { SecretList: list = [], ...rest }: { SecretList?: readonly ListedSecret[] } = answer;
  return { ...rest, SecretList: list.map(withDate) };
};
type ListedSecret = Omit<Sdk.SecretListEntry, "CreatedDate"> & { readonly CreatedDate?: number };
const withDate = ({ CreatedDate: created, ...secret }: ListedSecret): Sdk.SecretListEntry =>
  created === undefined ? secret : { ...secret, CreatedDate: new Date(created * 1000) };

export const GetSecretValueCommand = commandClass<
  Sdk.GetSecretValueRequest,
  Omit<Sdk.GetSecretValueResponse, "CreatedDate" | "SecretBinary">
>("GetSecretValue");
export const ListSecretsCommand = commandClass<Sdk.ListSecretsRequest, Sdk.ListSecretsResponse>(
  "ListSecrets",
  readList,
);

/** No function changes a secret; the adapters that the command uses too name these operations. */
const onlyTheCommand = (operation: string) =>
  class {
    constructor() {
      throw new Error(`a function cannot send ${operation}: only the command wildix changes secrets`);
    }
  };
export const CreateSecretCommand = onlyTheCommand("CreateSecret");
export const PutSecretValueCommand = onlyTheCommand("PutSecretValue");
