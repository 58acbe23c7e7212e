import { join, relative } from 'node:path';
import ts from 'typescript';

/** The .d.ts files of the Node API: one per source file reachable from `entry`, below `outDir`. Errors are tsc's business. */
export function declarationsOf(root: string, entry: string, outDir: string): Map<string, string> {
  const sources = join(root, 'src');
  const files = new Map<string, string>();
  const program = ts.createProgram([entry], {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.Preserve,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    types: ['node'],
    strict: true,
    esModuleInterop: true,
    skipLibCheck: true,
    declaration: true,
    emitDeclarationOnly: true,
    rootDir: sources,
    outDir,
  });
  program.emit(undefined, (path, text) => {
    if (!relative(outDir, path).startsWith('..')) files.set(path, text);
  });
  return files;
}
