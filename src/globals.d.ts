/** Set by the build (scripts/build.ts) and by jest. */
declare const __PM_VERSION__: string;
/** True only in the test build: failpoints are compiled out of the release. */
declare const __FAILPOINTS__: boolean;
