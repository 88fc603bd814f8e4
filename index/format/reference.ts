/** Where the API reference's script lies beside the index, among the Worker's assets. */
export const REFERENCE_SCRIPT = 'docs/scalar.js';
