/** The Node API: what `require('pm-god')` gives. */
export { defineConfig, type AppConfig, type PmConfig } from './ecosystem';
