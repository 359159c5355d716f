// Orders for names of high risk, which wait for a person.
import {button, el} from "/js/dom.js";
import {field} from "/js/form.js";
import {load} from "/js/load.js";
import {act, code, listing, time} from "/js/operator/command.js";
import {t} from "/js/text.js";

export function orders(panel) {
  const again = () => load(panel, () => orders(panel));
  const row = (order) => {
    const names = order.names.join(", ");
    return [el("strong", {}, names), time(order.created), order.account, code(order.profile), el("div", {class: "row"},
      button(t("operator.approve"), async () => await act(t("operator.approve_what", {names}), "order-approve", {order: order.id}, {danger: false}) && again()),
      button(t("operator.refuse"), async () => await act(t("operator.refuse_what", {names}), "order-refuse", {order: order.id}, {
        content: field(t("operator.reason_told"), {name: "reason", maxlength: 200}),
        read: ({reason}) => (reason ? {reason} : {}),
      }) && again(), "danger small"))];
  };
  return listing({name: "order-waiting", member: "orders", head: ["names", "created", "account", "profile", ""], row, empty: "operator.no_orders"});
}
