export { findConfigFile, isConfigFile } from './config-files';
export type { NormaliseContext, TypeScriptSupport, UserFacts } from './context';
export { defineConfig, type AppConfig, type PmConfig, type PmConfigFunction } from './define-config';
export { openDocument, type PmDocument } from './document';
export { pathLookup } from './files';
export { loadConfigFile, loadStdin } from './load';
export { appNames, normaliseApps, type NormalisedApps } from './normalise';
export { normaliseSpecPatch } from './patch';
export { similarTo } from './similar';
