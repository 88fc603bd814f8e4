/**
 * Node's WebAssembly, typed. TypeScript declares it with the DOM or with Workers only, and @types/node leaves it out.
 */

export interface WasmModule {
  readonly kind?: 'WebAssembly.Module';
}
export type WasmImports = Record<string, Record<string, unknown>>;
export interface WasmInstance {
  readonly exports: Record<string, unknown>;
}

interface WasmApi {
  validate(bytes: Uint8Array): boolean;
  Module: {
    new (bytes: Uint8Array): WasmModule;
    imports(module: WasmModule): { name: string }[];
    exports(module: WasmModule): { name: string }[];
  };
  Instance: new (module: WasmModule, imports: WasmImports) => WasmInstance;
}

export const webAssembly = (globalThis as unknown as { WebAssembly: WasmApi }).WebAssembly;
