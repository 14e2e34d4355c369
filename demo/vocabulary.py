"""The words the demo's generator draws from: companies, cities, goods, notes."""

from __future__ import annotations

#: city, English, province word used in company names
CITIES = (
    ("上海", "Shanghai"),
    ("北京", "Beijing"),
    ("深圳", "Shenzhen"),
    ("广州", "Guangzhou"),
    ("杭州", "Hangzhou"),
    ("苏州", "Suzhou"),
    ("成都", "Chengdu"),
    ("重庆", "Chongqing"),
    ("武汉", "Wuhan"),
    ("西安", "Xi'an"),
    ("青岛", "Qingdao"),
    ("厦门", "Xiamen"),
)

#: Foreign places: city, country code.
ABROAD = (
    ("Hamburg", "DE"),
    ("Stuttgart", "DE"),
    ("Lyon", "FR"),
    ("Boston", "US"),
    ("Seattle", "US"),
    ("Singapore", "SG"),
    ("大阪", "JP"),
    ("Hong Kong", "HK"),
)

#: Company name middles, some with characters old code pages do not have.
BRANDS = (
    ("华联", "Hualian"),
    ("恒达", "Hengda"),
    ("东方", "Dongfang"),
    ("明珠", "Mingzhu"),
    ("龙腾", "Longteng"),
    ("新安", "Xin'an"),
    ("鑫源", "Xinyuan"),
    ("天宇", "Tianyu"),
    ("瑞丰", "Ruifeng"),
    ("长江", "Changjiang"),
    ("㐂乐", "Xile"),
    ("𠮷野", "Jiye"),
    ("龘达", "Dada"),
    ("喆睿", "Zherui"),
)

TRADES = (
    ("贸易", "Trading"),
    ("机械", "Machinery"),
    ("电子", "Electronics"),
    ("化工", "Chemical"),
    ("医疗器械", "Medical"),
    ("五金", "Hardware"),
    ("食品", "Foods"),
)

FOREIGN_COMPANIES = (
    "Müller & Söhne",
    "O'Brien Supplies",
    "Société Générale d'Outils",
    "Acme",
    "Nordwind",
    "Pacific Tools",
    "山田商事",
)

#: What the old system's clerks typed for a country, by ISO code.
COUNTRY_SPELLINGS = {
    "CN": ("CN", "CN", "CN", "CN", "CN", "CN", "cn", "CN ", "CHN", "China", "中国", "ＣＮ"),
    "DE": ("DE", "DE", "de", "GER", "DEU"),
    "FR": ("FR", "FR", "FRA"),
    "US": ("US", "US", "USA", "us"),
    "SG": ("SG", "SGP"),
    "JP": ("JP", "JPN", "日本"),
    "HK": ("HK", "HKG"),
}

#: What they typed for a currency, by ISO code.
CURRENCY_SPELLINGS = {
    "CNY": ("CNY",) * 12 + ("RMB", "cny", "CNY ", "人民币"),
    "USD": ("USD",) * 6 + ("usd", "US$"),
    "EUR": ("EUR",) * 6 + ("eur ",),
}

UNIT_SPELLINGS = ("EA",) * 8 + (
    "ea",
    "PCS",
    "个",
    "ＥＡ",
    "BOX",
    "箱",
    "KG",
    "kg ",
    "M",
    "SET",
    "套",
)

GOODS = (
    ("轴承", "Bearing"),
    ("螺栓", "Bolt"),
    ("阀门", "Valve"),
    ("电缆", "Cable"),
    ("传感器", "Sensor"),
    ("齿轮", "Gear"),
    ("滤芯", "Filter"),
    ("水泵", "Pump"),
    ("开关", "Switch"),
    ("密封圈", "Seal"),
)

GRADES = ("A", "B", "Pro", "标准", "加强", "Ⅱ型", "φ25", "½寸")

GROUPS = ("MECH", "ELEC", "HYDR", "MISC")

NOTES = (
    "急单，请优先 / urgent",
    'say "hello", then call; 电话先联系',
    "第一行\n第二行",
    "=1+1",
    "<b>bold</b> & more",
    "100% 预付; 税号'见附件'",
    "送货到 3# 仓库\t后门",
    "🚚 次日达",
    "不要用 \\\\server\\share 的旧价目表",
)

CLERKS = ("clerk", "clerk", "wangl", "CHENJ", "lih ")

APPROVERS = ("approver", "approver2", "ZHANGW")

#: account, Chinese, English, type letter of the old system
OLD_ACCOUNTS = (
    ("1001", "现金", "Cash", "A"),
    ("1002", "银行存款", "Bank", "A"),
    ("1122", "应收账款", "Accounts receivable", "A"),
    ("1405", "库存商品", "Finished goods", "A"),
    ("2202", "应付账款", "Accounts payable", "L"),
    ("2221", "应交税金", "Taxes payable", "L"),
    ("4001", "实收资本", "Paid-in capital", "E"),
    ("6001", "内销收入", "Domestic sales", "R"),
    ("6002", "外销收入", "Export sales", "R"),
)

#: username, letter in the old system, role in the new one, full name
USERS = (
    ("clerk", "C", "clerk", "王丽 Wang Li"),
    ("approver", "A", "approver", "陈静 Chen Jing"),
    ("approver2", "A", "approver", "赵雷 Zhao Lei"),
    ("finance", "F", "finance", "刘芳 Liu Fang"),
    ("admin", "X", "admin", "系统管理员 Administrator"),
)
