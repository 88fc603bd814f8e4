/** wrangler's default module rules hand a `.wasm` import over as a compiled module. */
declare module '*.wasm' {
  const module: WebAssembly.Module;
  export default module;
}

/** And a `.txt` or `.html` import as its text. */
declare module '*.txt' {
  const text: string;
  export default text;
}
declare module '*.html' {
  const text: string;
  export default text;
}
