import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** `npm run build` fills web/dist, which the service serves. For work on the page: `npx vite web` beside a running service. */
export default defineConfig({
  plugins: [react()],
  build: { target: 'es2022', assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  server: {
    host: '127.0.0.1',
    proxy: {
      '/v1': { target: process.env.SLIPWAY_URL ?? 'http://127.0.0.1:3000', ws: true },
      '/auth': process.env.SLIPWAY_URL ?? 'http://127.0.0.1:3000',
    },
  },
});
