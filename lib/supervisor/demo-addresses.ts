/** The addresses of the demo servers of `npm start -- --demo`. */
export const DEMO_ADDRESSES = ['127.0.2.1', '127.0.2.2', '127.0.2.3']
export const DEMO_PORT = 8080
