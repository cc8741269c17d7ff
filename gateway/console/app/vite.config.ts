import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** Built into build/console, from where the hub serves it; needs nothing from the network. */
export default defineConfig({
  root: import.meta.dirname,
  base: "/",
  plugins: [react()],
  build: {
    outDir: "../../../build/console",
    emptyOutDir: true,
    target: "es2023",
    // The icon in index.html is the only data: address that is meant.
    assetsInlineLimit: 0,
    reportCompressedSize: true,
  },
});
