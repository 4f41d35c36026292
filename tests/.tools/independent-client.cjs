// Drives a label purchase with the public package tiktok-shop-sdk, unmodified, against the origin in SANDBOX_URL.
// The package has its hosts built in, so requests are redirected where they leave: in fetch. Everything else (paths, parameters,
// signatures, headers, reading of answers) is the package's own.
'use strict';
const { TikTokShopSDK } = require('tiktok-shop-sdk');
const { version } = JSON.parse(require('node:fs').readFileSync(require('node:path').join(__dirname, 'node_modules/tiktok-shop-sdk/package.json'), 'utf8'));

const sandbox = process.env.SANDBOX_URL;
const send = globalThis.fetch;
let requests = 0;
globalThis.fetch = (url, init) => {
  const target = new URL(url);
  requests++;
  return send(sandbox + target.pathname + target.search, init);
};

function must(condition, what) {
  if (!condition) throw new Error(what);
}

async function main() {
  const sdk = new TikTokShopSDK({ appKey: process.env.APP_KEY, appSecret: process.env.APP_SECRET });

  const tokens = await sdk.auth.getAccessToken({ auth_code: process.env.AUTH_CODE });
  must(tokens.data.access_token, 'no access token');
  sdk.setAccessToken(tokens.data.access_token);

  const shops = await sdk.shop.getAuthorizedShops();
  must(shops.data.shops.length === 1, 'not one authorized shop');
  sdk.setShopCipher(shops.data.shops[0].cipher);

  const list = await sdk.order.getOrderList({
    query: { page_size: 20, sort_field: 'create_time', sort_order: 'ASC' },
    body: { order_status: 'AWAITING_SHIPMENT' },
  });
  const listed = list.data.orders.find((order) => order.id === process.env.ORDER_ID);
  must(listed, 'the order is not in the list');

  const detail = await sdk.order.getOrderDetail({ ids: [process.env.ORDER_ID] });
  const order = detail.data.orders[0];
  must(order.id === listed.id && order.line_items.length === 2, 'the detail is not the order');

  const lines = order.line_items.map((line) => line.id);
  const weight = { value: '1.20', unit: 'POUND' };
  const dimension = { length: '9', width: '6', height: '2', unit: 'INCH' };
  const services = await sdk.fulfillment.getEligibleShippingService({
    order_id: order.id,
    body: { order_line_item_ids: lines, weight, dimension },
  });
  const service = services.data.shipping_services[0];
  must(service.id && service.price, 'no shipping service');

  const created = await sdk.fulfillment.createPackage({
    order_id: order.id, order_line_item_ids: lines, shipping_service_id: service.id, weight, dimension,
  });
  must(created.data.package_id, 'no package');

  // The package has no method for these two; its own signed request has.
  const found = await sdk.requestCipher({ method: 'GET', path: `/fulfillment/202309/packages/${created.data.package_id}` });
  must(found.data.order_line_item_ids.length === 2, 'the package does not hold the lines');

  const document = await sdk.requestCipher({
    method: 'GET',
    path: `/fulfillment/202309/packages/${created.data.package_id}/shipping_documents`,
    query: { document_type: 'SHIPPING_LABEL', document_size: 'A6' },
  });
  must(document.data.tracking_number === found.data.tracking_number, 'document and package disagree on the tracking number');
  const file = Buffer.from(await (await send(document.data.doc_url)).arrayBuffer());
  must(file.subarray(0, 5).toString('latin1') === '%PDF-', 'the document is no PDF');

  let refused = null;
  try {
    await sdk.fulfillment.createPackage({ order_id: order.id, order_line_item_ids: lines, weight, dimension });
  } catch (error) {
    refused = error.code;
  }
  must(refused === 21022025, `a repeated purchase was answered with ${refused}`);

  console.log(JSON.stringify({
    ran: true, client: 'tiktok-shop-sdk', version, node: process.version, requests,
    order_id: order.id, package_id: created.data.package_id, tracking_number: document.data.tracking_number, label_bytes: file.length,
  }));
}

main().catch((error) => {
  console.error(error.stack || String(error));
  process.exit(1);
});
