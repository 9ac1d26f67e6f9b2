/** Where the example servers of `npm start -- --demo` listen. */
export const DEMO_ADDRESSES = ['127.0.2.1', '127.0.2.2', '127.0.2.3']
export const DEMO_PORT = 8080
