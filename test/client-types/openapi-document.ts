/**
 * /openapi.json as the Worker answers it, got in Node without its WebAssembly: the app is bundled with nothing in place of what the build
 * makes (.cuepoint/worker), which the document does not need.
 */
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import type { Schema } from './types-of.ts';

const root = join(import.meta.dirname, '../..');

export interface OpenapiDocument {
  components: { schemas: Record<string, Schema> };
}

const WITHOUT_PARTS: Plugin = {
  name: 'without-parts',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\.cuepoint\// }, ({ path }) => ({ path, namespace: 'made-by-the-build' }));
    onLoad({ filter: /.*/, namespace: 'made-by-the-build' }, () => ({ contents: 'export default ""', loader: 'js' }));
  },
};

export async function openapiDocument(): Promise<OpenapiDocument> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    stdin: { contents: `export { createApp } from './functions/app.ts'`, resolveDir: root },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    loader: { '.html': 'empty' },
    external: ['node:*', 'cloudflare:*'],
    plugins: [WITHOUT_PARTS],
    logLevel: 'silent',
  });
  const { createApp } = await import(
    `data:text/javascript;base64,${Buffer.from(outputFiles[0].text).toString('base64')}`
  );
  const said = console.log;
  console.log = () => undefined; // the Worker's line for the request
  try {
    return await (await createApp().request('/openapi.json', undefined, { ACCESS: 'open' })).json();
  } finally {
    console.log = said;
  }
}
