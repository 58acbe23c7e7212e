/** The Node API: what `require('pm-god')` gives. */
export { defineConfig, type AppConfig, type PmConfig, type PmConfigFunction } from './ecosystem';
