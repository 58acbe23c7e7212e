export { findConfigFile, isConfigFile } from './read/config-files';
export type { KnownApp, NormaliseContext, TypeScriptSupport, UserFacts } from './resolve/context';
export {
  defineConfig,
  type AppConfig,
  type PmConfig,
  type PmConfigFunction,
} from './attributes/define-config';
export { openDocument, type PmDocument } from './read/document';
export { callerEnvironment } from './resolve/environment';
export { pathLookup } from './resolve/files';
export { loadConfigFile, loadStdin } from './read/load';
export { openPm2Dump } from './read/pm2-dump';
export { appNames, normaliseApps, type NormalisedApps } from './resolve/normalise';
export { normaliseSpecPatch, unsetFields } from './resolve/patch';
export { similarTo } from './attributes/similar';
export { staticApp, staticName } from './read/static-sites';
