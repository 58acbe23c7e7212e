import ts from 'typescript';

/** One module that a file names, in whatever way: import, export from, import(), require(), import type. */
export interface Import {
  readonly specifier: string;
  /** Gone after compilation. */
  readonly typeOnly: boolean;
}

/** Every module named in the TypeScript `text`, found by the compiler's own parser. */
export function importsIn(text: string): Import[] {
  const found: Import[] = [];
  const visit = (node: ts.Node): void => {
    found.push(...importOf(node));
    node.forEachChild(visit);
  };
  visit(ts.createSourceFile('file.ts', text, ts.ScriptTarget.ES2022));
  return found;
}

function importOf(node: ts.Node): Import[] {
  if (ts.isImportDeclaration(node)) return named(node.moduleSpecifier, isTypeOnly(node.importClause));
  if (ts.isExportDeclaration(node)) return named(node.moduleSpecifier, node.isTypeOnly);
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
    return named(node.argument.literal, true);
  if (ts.isExternalModuleReference(node)) return named(node.expression, false);
  if (ts.isCallExpression(node) && isLoader(node.expression)) return named(node.arguments[0], false);
  return [];
}

function isTypeOnly(clause: ts.ImportClause | undefined): boolean {
  if (!clause) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const names = clause.namedBindings;
  if (clause.name || !names || !ts.isNamedImports(names)) return false;
  return names.elements.length > 0 && names.elements.every((element) => element.isTypeOnly);
}

function isLoader(callee: ts.Expression): boolean {
  return (
    callee.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(callee) && callee.text === 'require')
  );
}

function named(node: ts.Node | undefined, typeOnly: boolean): Import[] {
  return node && ts.isStringLiteralLike(node) ? [{ specifier: node.text, typeOnly }] : [];
}
