"""Provinces and prefecture-level units of China by their official names (GB/T 2260)."""

from __future__ import annotations

import re

# Official name, short forms in Chinese, names in English and pinyin.
PROVINCES: tuple[tuple[str, str, str], ...] = (
    ("北京市", "北京 京", "Beijing Peking"),
    ("天津市", "天津 津", "Tianjin"),
    ("河北省", "河北 冀", "Hebei"),
    ("山西省", "山西 晋", "Shanxi"),
    ("内蒙古自治区", "内蒙古 内蒙 蒙", "Inner-Mongolia Nei-Mongol Neimenggu"),
    ("辽宁省", "辽宁 辽", "Liaoning"),
    ("吉林省", "吉林 吉", "Jilin"),
    ("黑龙江省", "黑龙江 黑", "Heilongjiang"),
    ("上海市", "上海 沪", "Shanghai"),
    ("江苏省", "江苏 苏", "Jiangsu"),
    ("浙江省", "浙江 浙", "Zhejiang"),
    ("安徽省", "安徽 皖", "Anhui"),
    ("福建省", "福建 闽", "Fujian"),
    ("江西省", "江西 赣", "Jiangxi"),
    ("山东省", "山东 鲁", "Shandong"),
    ("河南省", "河南 豫", "Henan"),
    ("湖北省", "湖北 鄂", "Hubei"),
    ("湖南省", "湖南 湘", "Hunan"),
    ("广东省", "广东 粤", "Guangdong"),
    ("广西壮族自治区", "广西 广西自治区 广西省 桂", "Guangxi Guangxi-Zhuang"),
    ("海南省", "海南 琼", "Hainan"),
    ("重庆市", "重庆 渝", "Chongqing"),
    ("四川省", "四川 川", "Sichuan"),
    ("贵州省", "贵州 黔", "Guizhou"),
    ("云南省", "云南 滇", "Yunnan"),
    ("西藏自治区", "西藏 藏", "Xizang Tibet"),
    ("陕西省", "陕西 陕", "Shaanxi"),
    ("甘肃省", "甘肃 甘", "Gansu"),
    ("青海省", "青海 青", "Qinghai"),
    ("宁夏回族自治区", "宁夏 宁夏自治区 宁", "Ningxia Ningxia-Hui"),
    ("新疆维吾尔自治区", "新疆 新疆自治区 新", "Xinjiang Xinjiang-Uygur Xinjiang-Uyghur"),
)

_CITIES = (
    "石家庄 唐山 秦皇岛 邯郸 邢台 保定 张家口 承德 沧州 廊坊 衡水 太原 大同 阳泉 "
    "长治 晋城 朔州 晋中 运城 忻州 临汾 吕梁 呼和浩特 包头 乌海 赤峰 通辽 鄂尔多斯 "
    "呼伦贝尔 巴彦淖尔 乌兰察布 沈阳 大连 鞍山 抚顺 本溪 丹东 锦州 营口 阜新 辽阳 "
    "盘锦 铁岭 朝阳 葫芦岛 长春 吉林 四平 辽源 通化 白山 松原 白城 哈尔滨 齐齐哈尔 "
    "鸡西 鹤岗 双鸭山 大庆 伊春 佳木斯 七台河 牡丹江 黑河 绥化 南京 无锡 徐州 常州 "
    "苏州 南通 连云港 淮安 盐城 扬州 镇江 泰州 宿迁 杭州 宁波 温州 嘉兴 湖州 绍兴 "
    "金华 衢州 舟山 台州 丽水 合肥 芜湖 蚌埠 淮南 马鞍山 淮北 铜陵 安庆 黄山 滁州 "
    "阜阳 宿州 六安 亳州 池州 宣城 福州 厦门 莆田 三明 泉州 漳州 南平 龙岩 宁德 "
    "南昌 景德镇 萍乡 九江 新余 鹰潭 赣州 吉安 宜春 抚州 上饶 济南 青岛 淄博 枣庄 "
    "东营 烟台 潍坊 济宁 泰安 威海 日照 临沂 德州 聊城 滨州 菏泽 郑州 开封 洛阳 "
    "平顶山 安阳 鹤壁 新乡 焦作 濮阳 许昌 漯河 三门峡 南阳 商丘 信阳 周口 驻马店 "
    "武汉 黄石 十堰 宜昌 襄阳 鄂州 荆门 孝感 荆州 黄冈 咸宁 随州 长沙 株洲 湘潭 "
    "衡阳 邵阳 岳阳 常德 张家界 益阳 郴州 永州 怀化 娄底 广州 韶关 深圳 珠海 汕头 "
    "佛山 江门 湛江 茂名 肇庆 惠州 梅州 汕尾 河源 阳江 清远 东莞 中山 潮州 揭阳 "
    "云浮 南宁 柳州 桂林 梧州 北海 防城港 钦州 贵港 玉林 百色 贺州 河池 来宾 崇左 "
    "海口 三亚 三沙 儋州 成都 自贡 攀枝花 泸州 德阳 绵阳 广元 遂宁 内江 乐山 南充 "
    "眉山 宜宾 广安 达州 雅安 巴中 资阳 贵阳 六盘水 遵义 安顺 毕节 铜仁 昆明 曲靖 "
    "玉溪 保山 昭通 丽江 普洱 临沧 拉萨 日喀则 昌都 林芝 山南 那曲 西安 铜川 宝鸡 "
    "咸阳 渭南 延安 汉中 榆林 安康 商洛 兰州 嘉峪关 金昌 白银 天水 武威 张掖 平凉 "
    "酒泉 庆阳 定西 陇南 西宁 海东 银川 石嘴山 吴忠 固原 中卫 乌鲁木齐 克拉玛依 "
    "吐鲁番 哈密 "
)
_OTHERS = (
    "兴安盟 锡林郭勒盟 阿拉善盟 延边朝鲜族自治州 大兴安岭地区 恩施土家族苗族自治州 "
    "湘西土家族苗族自治州 阿坝藏族羌族自治州 甘孜藏族自治州 凉山彝族自治州 "
    "黔西南布依族苗族自治州 黔东南苗族侗族自治州 黔南布依族苗族自治州 楚雄彝族自治州 "
    "红河哈尼族彝族自治州 文山壮族苗族自治州 西双版纳傣族自治州 大理白族自治州 "
    "德宏傣族景颇族自治州 怒江傈僳族自治州 迪庆藏族自治州 阿里地区 临夏回族自治州 "
    "甘南藏族自治州 海北藏族自治州 黄南藏族自治州 海南藏族自治州 果洛藏族自治州 "
    "玉树藏族自治州 海西蒙古族藏族自治州 昌吉回族自治州 博尔塔拉蒙古自治州 "
    "巴音郭楞蒙古自治州 阿克苏地区 克孜勒苏柯尔克孜自治州 喀什地区 和田地区 "
    "伊犁哈萨克自治州 塔城地区 阿勒泰地区 "
)
# Since 2008: merged into others, renamed, or turned from a prefecture into a city.
_FORMER_CITIES = "巢湖 莱芜 襄樊"
_FORMER_OTHERS = (
    "毕节地区 铜仁地区 日喀则地区 昌都地区 林芝地区 山南地区 那曲地区 海东地区 吐鲁番地区 哈密地区"
)
# The municipalities, and what the standard has where no prefecture stands between.
_STRAIGHT = "北京市 天津市 上海市 重庆市 市辖区 省直辖县级行政区划 自治区直辖县级行政区划"
_NATION = re.compile(
    r"(?:朝鲜族|土家族|苗族|藏族|羌族|彝族|布依族|侗族|哈尼族|壮族|傣族|白族|景颇族|傈僳族|回族"
    r"|蒙古族|蒙古|哈萨克|柯尔克孜)+自治州$"
)


def prefectures() -> dict[str, tuple[str, ...]]:
    """Prefecture-level units, today's and those since 2008, with their short forms."""
    found: dict[str, tuple[str, ...]] = {}
    for name in f"{_CITIES} {_FORMER_CITIES}".split():
        found[f"{name}市"] = (name,)
    for name in f"{_OTHERS} {_FORMER_OTHERS}".split():
        short = re.sub("(?:地区|盟)$", "", _NATION.sub("", name))
        found[name] = (short, f"{short}州") if name.endswith("自治州") else (short,)
    return found | dict.fromkeys(_STRAIGHT.split(), ())


# Traditional and Japanese forms of the characters in these names.
SIMPLIFIED = str.maketrans(
    "內遼寧龍蘇東廣壯慶貴雲陝肅維爾區閩贛魯滬瓊広竜漢陽濟煙臺濰島錦營鐵長齊雙鶴雞綏蘭無連鹽鎮揚溫興紹蕪"
    "馬銅廈饒鷹撫鄉開許門駐莊棗臨萊荊黃婁懷張關頭賀欽賓瀘綿樂達資涼義畢麗滄紅薩隴銀吳衛烏晉運呂錫盤蘆遷",
    "内辽宁龙苏东广壮庆贵云陕肃维尔区闽赣鲁沪琼广龙汉阳济烟台潍岛锦营铁长齐双鹤鸡绥兰无连盐镇扬温兴绍芜"
    "马铜厦饶鹰抚乡开许门驻庄枣临莱荆黄娄怀张关头贺钦宾泸绵乐达资凉义毕丽沧红萨陇银吴卫乌晋运吕锡盘芦迁",
)
