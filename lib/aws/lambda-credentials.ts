import { defined } from "../defined.ts";

/**
 * Replaces @aws-sdk/credential-provider-node in the bundles (esbuild.config.cjs). Lambda gives every function its role's
 * keys in the environment, so the SDK's other ways (profiles, SSO, web identity, instance metadata) are some 135 kB of each
 * bundle that no function can use.
 */
export const defaultProvider = () => async () => {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env;
  if (!AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY)
    throw new Error(
      "AWS_ACCESS_KEY_ID or AWS_SECRET_ACCESS_KEY is not set; a function reads credentials only from these variables",
    );
  return {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    ...defined({ sessionToken: AWS_SESSION_TOKEN }),
  };
};
