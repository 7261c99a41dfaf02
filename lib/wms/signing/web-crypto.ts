/** WebCrypto, by which requests are signed. The bundles of the functions contain lib/aws/lambda-web-crypto.ts in its place. */
export { webcrypto as crypto } from "node:crypto";
