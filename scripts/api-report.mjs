/** What packages export, as text: the declarations behind each export of their built `index.d.ts`, in order of name. */
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import ts from 'typescript';

/** Folders of the packages that others can import. */
export const packages = () => readdirSync('packages').sort();

/** The report of one package, which has to be built. Throws when it is not. */
export function apiReport(name) {
  const index = resolve('packages', name, 'dist', 'index.d.ts');
  const program = ts.createProgram([index], {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    skipLibCheck: true,
  });
  const source = program.getSourceFile(index);
  if (!source) throw new Error(`${index} is not there: run npm run build first.`);
  const checker = program.getTypeChecker();
  const exported = checker.getExportsOfModule(checker.getSymbolAtLocation(source));
  const parts = exported
    .map((symbol) => ({
      symbol,
      target: symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol,
    }))
    .sort((a, b) => (a.symbol.name < b.symbol.name ? -1 : 1))
    .map(({ symbol, target }) =>
      (target.declarations ?? []).map((each) => textOf(symbol.name, each)).join('\n'),
    );
  const { name: title } = JSON.parse(ts.sys.readFile(join('packages', name, 'package.json')));
  return `# ${title}: what it exports\n\nWritten by \`npm run docs:api\`.\n\n\`\`\`ts\n${parts.join('\n\n')}\n\`\`\`\n`;
}

/** A declaration of ours with its comment; of one that another package makes only the name. */
function textOf(name, declaration) {
  const file = declaration.getSourceFile();
  if (/[\\/]node_modules[\\/]/.test(file.fileName)) return `export { ${name} }; // of a dependency`;
  const statement = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
  const text = statement
    .getFullText(file)
    .trim()
    .replace(/^[ \t]*\/\/# sourceMappingURL=.*$/gm, '')
    .trim();
  return /^export |\bexport (declare |interface|type|class|const|function)/.test(text)
    ? text
    : `/* as ${name} */ ${text}`;
}
