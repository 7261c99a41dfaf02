export type PbxSecret = { readonly host: string };
