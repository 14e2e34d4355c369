"""Every word a user of the demo systems reads, in English and Chinese, by key.

Both systems speak the company's words, so the catalogue is one; how they look and what their
fields are called inside is their own. Keys of messages are also the codes the JSON API gives.
"""

from __future__ import annotations

from typing import Final

__all__ = ["LANGUAGES", "known", "say"]

LANGUAGES: Final = ("en", "zh")

_LABELS: Final = {
    "sign_in": ("Sign in", "登录"),
    "sign_out": ("Sign out", "退出"),
    "username": ("Username", "用户名"),
    "password": ("Password", "密码"),
    "menu": ("Menu", "菜单"),
    "skip": ("Skip to content", "跳到正文"),
    "language": ("Language", "语言"),
    "customers": ("Customers", "客户"),
    "products": ("Products", "产品"),
    "orders": ("Orders", "订单"),
    "invoices": ("Invoices", "发票"),
    "payments": ("Payments", "收款"),
    "ledger": ("Ledger", "总账"),
    "new_order": ("New order", "新建订单"),
    "customer": ("Customer", "客户"),
    "product": ("Product", "产品"),
    "quantity": ("Quantity", "数量"),
    "delivery_date": ("Delivery date", "交货日期"),
    "note": ("Note", "备注"),
    "old_note": ("Remarks", "摘要"),
    "save": ("Save", "保存"),
    "cancel": ("Cancel", "取消"),
    "close": ("Close", "关闭"),
    "order_lines_fast": ("Fast entry", "快速录入"),
    "prices_notice": ("Prices were updated last night.", "价格已于昨夜更新。"),
    "quotation": ("Quotation", "报价"),
    "shipping": ("Shipping", "运输方式"),
    "truck": ("Truck", "送货"),
    "pick_up": ("Pick-up", "自提"),
    "urgent": ("Urgent", "加急"),
    "lines_file": ("Lines from file", "从文件读入"),
    "add_row": ("Add row", "添加行"),
    "calculate": ("Calculate", "计算"),
    "calculating": ("Calculating", "计算中"),
    "calculated": ("Prices are of today.", "价格为今日价格。"),
    "export": ("Export", "导出"),
    "print_view": ("Print view", "打印预览"),
    "discard": ("Discard", "放弃"),
    "discard_question": ("Discard this quotation?", "放弃这份报价？"),
    "discarded": ("Nothing was kept.", "未保留任何内容。"),
    "search": ("Search", "搜索"),
    "all": ("All", "全部"),
    "previous": ("Previous", "上一页"),
    "next": ("Next", "下一页"),
    "page_of": ("Page {page} of {pages}, {total} records", "第 {page} / {pages} 页，共 {total} 条"),
    "nothing_found": ("Nothing found.", "没有找到记录。"),
    "order_number": ("Order number", "订单号"),
    "order_date": ("Order date", "订单日期"),
    "created_by": ("Created by", "制单人"),
    "decided_by": ("Decided by", "审批人"),
    "old_decided_by": ("Approver", "核准人"),
    "decided_on": ("Decided on", "审批日期"),
    "status": ("Status", "状态"),
    "total": ("Total", "合计"),
    "line": ("Line", "行号"),
    "lines": ("Order lines", "订单明细"),
    "unit_price": ("Unit price", "单价"),
    "amount": ("Amount", "金额"),
    "currency": ("Currency", "币种"),
    "submit": ("Submit", "提交"),
    "approve": ("Approve", "审批通过"),
    "reject": ("Reject", "驳回"),
    "ship": ("Ship", "发货"),
    "create_invoice": ("Create invoice", "开票"),
    "record_payment": ("Record payment", "登记收款"),
    "reference": ("Reference", "参考号"),
    "actions": ("Actions", "操作"),
    "code": ("Code", "代码"),
    "name": ("Name", "名称"),
    "english_name": ("English name", "英文名称"),
    "address": ("Address", "地址"),
    "city": ("City", "城市"),
    "country": ("Country", "国家"),
    "tax_number": ("Tax number", "税号"),
    "credit_limit": ("Credit limit", "信用额度"),
    "no_limit": ("No limit", "不限"),
    "phone": ("Phone", "电话"),
    "email": ("E-mail", "电子邮箱"),
    "unit": ("Unit", "单位"),
    "group": ("Group", "类别"),
    "prices": ("Prices", "价格"),
    "valid_from": ("Valid from", "生效日期"),
    "valid_to": ("Valid to", "失效日期"),
    "on_hand": ("On hand", "库存"),
    "allocated": ("Allocated", "已分配"),
    "available": ("Available", "可用"),
    "warehouse": ("Warehouse", "仓库"),
    "invoice_number": ("Invoice number", "发票号"),
    "invoice_date": ("Invoice date", "开票日期"),
    "due_date": ("Due date", "到期日"),
    "paid_amount": ("Paid", "已收"),
    "open_amount": ("Open amount", "未收金额"),
    "payment_number": ("Payment number", "收款单号"),
    "payment_date": ("Payment date", "收款日期"),
    "account": ("Account", "科目"),
    "debit": ("Debit", "借方"),
    "credit": ("Credit", "贷方"),
    "balance": ("Balance", "余额"),
    "trial_balance": ("Trial balance", "试算平衡表"),
    "entries": ("Journal entries", "会计分录"),
    "voucher": ("Entry number", "凭证号"),
    "posting_date": ("Posting date", "记账日期"),
    "description": ("Description", "摘要"),
    "order": ("Order", "订单"),
    "invoice": ("Invoice", "发票"),
    "old_system": ("Hengtong Order System", "恒通订单管理系统"),
    "new_system": ("Hengtong Cloud ERP", "恒通云 ERP"),
    "build": ("Build", "版本"),
    "site": ("Site", "站点"),
    "date_hint": ("YYYY-MM-DD", "格式：年-月-日，如 2026-12-31"),
    "code_hint": ("Code, e.g. {example}", "填写代码，如 {example}"),
    "not_allowed": ("Not allowed", "没有权限"),
    "not_possible": ("Not possible", "无法执行"),
    "not_found": ("Not found", "未找到"),
    "please_check": ("Please check", "请检查"),
    "maintenance": ("Maintenance", "系统维护"),
    "failed": ("System error", "系统错误"),
    "back": ("Back", "返回"),
}

_STATES: Final = {
    "draft": ("Draft", "草稿"),
    "awaiting_approval": ("Awaiting approval", "待审批"),
    "approved": ("Approved", "已审批"),
    "rejected": ("Rejected", "已驳回"),
    "shipped": ("Shipped", "已发货"),
    "invoiced": ("Invoiced", "已开票"),
    "paid": ("Paid", "已收款"),
    "open": ("Open", "未付清"),
    "active": ("Active", "有效"),
    "blocked": ("Blocked", "已锁定"),
    "closed": ("Closed", "已关闭"),
    "obsolete": ("Obsolete", "已停产"),
    "role_clerk": ("clerk", "业务员"),
    "role_approver": ("approver", "审批人"),
    "role_finance": ("finance", "财务"),
    "role_admin": ("administrator", "管理员"),
    "may_create": ("create orders", "新建订单"),
    "may_submit": ("submit orders", "提交订单"),
    "may_approve": ("approve orders", "审批订单"),
    "may_reject": ("reject orders", "驳回订单"),
    "may_ship": ("ship orders", "发货"),
    "may_invoice": ("create invoices", "开票"),
    "may_pay": ("record payments", "登记收款"),
    "may_administer": ("administer the system", "管理系统"),
}

_MESSAGES: Final = {
    "sign_in_failed": ("Username or password is wrong.", "用户名或密码错误。"),
    "sign_in_first": ("Please sign in.", "请先登录。"),
    "signed_out": ("You have signed out.", "您已退出。"),
    "role_refused": ("Your role ({role}) may not {what}.", "您的角色（{role}）无权{what}。"),
    "own_order": ("You may not approve your own order.", "不能审批自己的订单。"),
    "customer_required": ("Customer is required.", "请填写客户。"),
    "customer_unknown": ("Customer {code} does not exist.", "客户 {code} 不存在。"),
    "customer_blocked": ("Customer {code} is blocked.", "客户 {code} 已锁定。"),
    "customer_closed": ("Customer {code} is closed.", "客户 {code} 已关闭。"),
    "product_required": ("Product is required.", "请填写产品。"),
    "product_unknown": ("Product {code} does not exist.", "产品 {code} 不存在。"),
    "product_obsolete": ("Product {code} is obsolete.", "产品 {code} 已停产。"),
    "price_missing": (
        "Product {code} has no valid price in {currency}.",
        "产品 {code} 没有有效的 {currency} 价格。",
    ),
    "quantity_whole": ("Quantity must be a positive whole number.", "数量必须是正整数。"),
    "quantity_high": ("Quantity must not be over 999,999.", "数量不能超过 999,999。"),
    "date_required": ("Delivery date is required.", "请填写交货日期。"),
    "date_invalid": ("Delivery date is not a date.", "交货日期不是有效日期。"),
    "date_past": ("Delivery date must not be in the past.", "交货日期不能早于今天。"),
    "old_note_long": ("Remarks must not be over 200 characters.", "摘要不能超过 200 个字符。"),
    "note_long": ("Note must not be over 200 characters.", "备注不能超过 200 个字符。"),
    "order_unknown": ("Order {number} does not exist.", "订单 {number} 不存在。"),
    "invoice_unknown": ("Invoice {number} does not exist.", "发票 {number} 不存在。"),
    "account_unknown": ("Account {code} does not exist.", "科目 {code} 不存在。"),
    "page_unknown": ("This page does not exist.", "该页面不存在。"),
    "wrong_status": (
        "Order {number} has the status {status}: this step is not possible.",
        "订单 {number} 的状态为“{status}”，不能执行此操作。",
    ),
    "order_broken": (
        "Order {number} is incomplete: its customer or a product is missing.",
        "订单 {number} 不完整：缺少客户或产品。",
    ),
    "over_credit": (
        "The order total {total} is over the credit limit {limit} of customer {code}.",
        "订单合计 {total} 超过客户 {code} 的信用额度 {limit}。",
    ),
    "stock_short": (
        "Not enough stock of {code}: {available} available, {wanted} ordered.",
        "{code} 库存不足：可用 {available}，订购 {wanted}。",
    ),
    "total_zero": (
        "Order {number} has no amount to invoice.",
        "订单 {number} 没有可开票的金额。",
    ),
    "amount_invalid": (
        "Amount must be a positive number with at most two decimals.",
        "金额必须是正数，最多两位小数。",
    ),
    "amount_high": (
        "Amount must not be over the open amount {open}.",
        "金额不能超过未收金额 {open}。",
    ),
    "reference_long": ("Reference must not be over 40 characters.", "参考号不能超过 40 个字符。"),
    "frozen": (
        "The system is frozen for the cutover: you can read, but nothing can be changed.",
        "系统切换期间已冻结：可以查询，不能修改。",
    ),
    "closed_for_users": (
        "The system is not open yet. Please try again later.",
        "系统尚未开放，请稍后再试。",
    ),
    "unreachable": (
        "The system cannot be reached at the moment. Please try again later.",
        "系统暂时无法访问，请稍后再试。",
    ),
    "unexpected": (
        "Something went wrong in the system. Nothing was changed.",
        "系统出现错误，未作任何修改。",
    ),
    "json_invalid": ("The request is not a JSON object.", "请求不是 JSON 对象。"),
    "field_unknown": ("Field {name} is not known.", "未知字段 {name}。"),
    "done_saved": ("Order {number} was saved.", "订单 {number} 已保存。"),
    "done_submit": ("Order {number} was submitted.", "订单 {number} 已提交。"),
    "done_approve": ("Order {number} was approved.", "订单 {number} 已审批通过。"),
    "done_reject": ("Order {number} was rejected.", "订单 {number} 已驳回。"),
    "done_ship": ("Order {number} was shipped.", "订单 {number} 已发货。"),
    "done_invoice": ("Order {number} was invoiced.", "订单 {number} 已开票。"),
    "done_pay": (
        "A payment for order {number} was recorded.",
        "订单 {number} 的收款已登记。",
    ),
}

_ALL: Final = {**_LABELS, **_STATES, **_MESSAGES}


def known(key: str) -> bool:
    """Tell whether there is a text with this key."""
    return key in _ALL


def say(language: str, key: str, **values: object) -> str:
    """Return the text of a key in ``en`` or ``zh``, its ``{places}`` filled.

    A value ``key:OTHER`` is itself a key and is translated. KeyError for an unknown key.
    """
    pair = _ALL[key]
    filled = {
        name: say(language, value[4:]) if isinstance(value, str) and value.startswith("key:")
        else value
        for name, value in values.items()
    }  # fmt: skip
    return pair[1 if language == "zh" else 0].format(**filled)
