/** A text with the special characters of shells, JSON, JavaScript and HCL. */
export const AWKWARD = `It's "so" \\ \${HOME} $(id) \`id\` %{if} <é> #1 \\" ' end`

/** The body of `POST lbs` for a load balancer with every field set to a value that is hard to quote. */
export const AWKWARD_LB = {
  name: '"shop"',
  description: `Two lines:\n${AWKWARD}\ttab\r\n`,
  tags: [AWKWARD, 'a', 'b=c', '--d'],
  type: 'lb-gp-m',
  ssl_compatibility_level: 'ssl_compatibility_level_modern',
  backends: [
    {
      name: AWKWARD,
      forward_protocol: 'http',
      forward_port: 8080,
      forward_port_algorithm: 'leastconn',
      sticky_sessions: 'cookie',
      sticky_sessions_cookie_name: `it's$me`,
      server_ip: ['10.0.0.1', '10.0.0.2', '10.0.0.3', 'fd00::1'],
      proxy_protocol: 'proxy_protocol_v2_ssl_cn',
      timeout_server: 90_000,
      timeout_connect: 250,
      timeout_tunnel: 1500,
      timeout_queue: '0.250s',
      on_marked_down_action: 'shutdown_sessions',
      host: 'app.example.com:8443',
      failover_host: 'sorry.example.com',
      redispatch_attempt_count: 0,
      max_retries: 0,
      max_connections: 12,
      health_check: {
        port: 8081,
        check_delay: 1500,
        check_timeout: 700,
        check_max_retries: 4,
        check_send_proxy: true,
        transient_check_delay: '0.100s',
        https_config: {
          uri: `/it's?a="b"&c=\${d}`,
          method: 'HEAD',
          code: 204,
          host_header: 'a.example',
          sni: 'b.example',
        },
      },
    },
    ...['tcp', 'mysql', 'pgsql', 'redis', 'ldap'].map((kind) => ({
      name: `${kind} 2`,
      forward_protocol: 'tcp',
      forward_port: 5432,
      health_check: {
        port: 5432,
        check_max_retries: 2,
        [`${kind}_config`]: kind.endsWith('sql') ? { user: `o'neil` } : {},
      },
    })),
    {
      name: 'Tcp-2',
      forward_protocol: 'tcp',
      forward_port: 1,
      health_check: { port: 1, check_max_retries: 1 },
    },
  ],
  frontends: [
    {
      name: '日本',
      inbound_port: 80,
      backend: AWKWARD,
      timeout_client: 30_500,
      connection_rate_limit: 100,
      enable_access_logs: true,
    },
    { name: '443', inbound_port: 443, backend: 'Tcp-2' },
  ],
}

/** ACLs that are hard to quote. */
export const AWKWARD_ACLS = [
  {
    name: 'office only',
    action: { type: 'deny', redirect: null },
    match: { ip_subnet: ['10.0.0.0/8', '1.2.3.4'], invert: true },
    index: 4,
    description: AWKWARD,
  },
  {
    name: 'to www',
    action: {
      type: 'redirect',
      redirect: { type: 'location', target: 'https://{{host}}{{path}}?it=$HOME', code: 308 },
    },
    match: {
      ip_subnet: ['0.0.0.0/0'],
      http_filter: 'http_header_match',
      http_filter_value: [`it's \${here} "so"`, 'b'],
      http_filter_option: 'X-Team',
      invert: false,
    },
    index: 9,
    description: 'Moves.',
  },
  {
    name: 'prefixes',
    action: { type: 'deny', redirect: null },
    match: { http_filter: 'path_begin', http_filter_value: ['foo', '/bar'], invert: false },
    index: 12,
    description: '',
  },
]
