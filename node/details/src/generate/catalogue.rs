//! A short catalogue of hospital charges and traffic offences.

use rand::{RngExt, rngs::StdRng};

/// A fee category with its charges: (name, unit, least and greatest price in fen).
pub(super) struct Category {
    pub(super) code: &'static str,
    pub(super) name: &'static str,
    pub(super) things: &'static [(&'static str, &'static str, i64, i64)],
}

pub(super) const OUTPATIENT: &[Category] = &[CONSULTATION, WESTERN, CHINESE, LABORATORY, IMAGING];

pub(super) const INPATIENT: &[Category] = &[
    BED, NURSING, WESTERN, CHINESE, LABORATORY, IMAGING, TREATMENT, OPERATION, MATERIAL,
];

const CONSULTATION: Category = Category {
    code: "0101",
    name: "诊察费",
    things: &[
        ("普通门诊诊察费", "次", 500, 2_000),
        ("副主任医师诊察费", "次", 2_000, 4_000),
    ],
};

const WESTERN: Category = Category {
    code: "0102",
    name: "西药费",
    things: &[
        ("阿莫西林胶囊 0.25g*24", "盒", 800, 2_400),
        ("布洛芬缓释胶囊 0.3g*20", "盒", 1_150, 2_680),
        ("氯化钠注射液 0.9% 250ml", "袋", 180, 560),
        ("葡萄糖注射液 5% 500ml", "袋", 210, 620),
        ("注射用头孢曲松钠 1.0g", "支", 390, 2_850),
        ("奥美拉唑肠溶胶囊 20mg*14", "盒", 680, 4_210),
        ("二甲双胍片 0.5g*30", "盒", 550, 1_830),
    ],
};

const CHINESE: Category = Category {
    code: "0103",
    name: "中成药费",
    things: &[
        ("连花清瘟胶囊 0.35g*24", "盒", 1_280, 1_620),
        ("板蓝根颗粒 10g*20", "袋", 890, 2_300),
        ("复方丹参滴丸 27mg*180", "瓶", 2_430, 3_160),
    ],
};

const LABORATORY: Category = Category {
    code: "0104",
    name: "化验费",
    things: &[
        ("血细胞分析（五分类）", "项", 1_500, 2_500),
        ("肝功能测定", "项", 4_500, 9_800),
        ("尿液分析", "项", 800, 1_600),
        ("C反应蛋白测定", "项", 1_800, 3_600),
        ("糖化血红蛋白测定", "项", 4_000, 7_000),
    ],
};

const IMAGING: Category = Category {
    code: "0105",
    name: "检查费",
    things: &[
        ("胸部CT平扫", "部位", 18_000, 32_000),
        ("腹部彩色多普勒超声", "次", 9_000, 18_000),
        ("十二导联心电图", "次", 1_500, 3_000),
    ],
};

const BED: Category = Category {
    code: "0201",
    name: "床位费",
    things: &[
        ("三人间床位费", "日", 3_500, 5_000),
        ("双人间床位费", "日", 6_000, 9_000),
    ],
};

const NURSING: Category = Category {
    code: "0202",
    name: "护理费",
    things: &[
        ("Ⅰ级护理", "日", 2_000, 3_600),
        ("Ⅱ级护理", "日", 1_200, 2_000),
        ("静脉采血", "次", 300, 600),
    ],
};

const TREATMENT: Category = Category {
    code: "0203",
    name: "治疗费",
    things: &[
        ("静脉输液", "次", 500, 1_200),
        ("雾化吸入", "次", 800, 1_500),
        ("氧气吸入", "小时", 200, 400),
        ("换药（中）", "次", 1_800, 3_200),
    ],
};

const OPERATION: Category = Category {
    code: "0204",
    name: "手术费",
    things: &[
        ("腹腔镜下胆囊切除术", "次", 130_000, 210_000),
        ("全身麻醉", "小时", 28_000, 46_000),
        ("术中心电监护", "小时", 600, 1_200),
    ],
};

const MATERIAL: Category = Category {
    code: "0205",
    name: "卫生材料费",
    things: &[
        ("一次性使用输液器", "支", 120, 480),
        ("可吸收缝合线", "根", 2_600, 9_400),
        ("医用无菌敷贴", "片", 150, 900),
        ("一次性使用留置针", "支", 900, 2_800),
    ],
};

/// Traffic offences with their fines in fen.
pub(super) const OFFENCES: &[(&str, &str, i64)] = &[
    ("1039", "机动车违反规定停放", 15_000),
    ("1208", "不按导向车道行驶", 10_000),
    ("1301", "机动车逆向行驶", 20_000),
    ("1344", "违反禁令标志指示", 20_000),
    ("1625", "驾驶机动车违反道路交通信号灯通行", 20_000),
    ("6011", "驾驶时拨打接听手持电话", 5_000),
];

pub(super) const DEPARTMENTS: &[&str] = &[
    "心血管内科",
    "呼吸内科",
    "普通外科",
    "骨科",
    "儿科",
    "妇产科",
    "消化内科",
];

pub(super) const INSURANCES: &[&str] = &["职工基本医疗保险", "城乡居民基本医疗保险"];

pub(super) const CLERKS: &[&str] = &["收费员01", "收费员02", "收费员03", "自助机07"];
pub(super) const CHECKERS: &[&str] = &["复核员01", "复核员02"];

/// Returns a random element of a list, uniformly distributed.
pub(super) fn pick<T: Copy>(rng: &mut StdRng, list: &[T]) -> T {
    list[rng.random_range(0..list.len())]
}
