// The emoji of the picker, with the words to find them by; the first is its name.

const SETS = {
  Smileys: `
😀 grinning happy,😃 smiling_open_mouth happy,😄 smiling_open_mouth_smiling_eyes happy
😁 grinning_smiling_eyes,😆 smiling_open_mouth_tightly_closed_eyes
😅 smiling_open_mouth_cold_sweat phew,🤣 rolling_on_floor_laughing rofl laugh
😂 tears_joy lol laugh,🙂 slightly_smiling smile,🙃 upside_down silly,😉 winking wink
😊 smiling_smiling_eyes happy blush,😇 smiling_halo,🥰 smiling_smiling_eyes_three_hearts
😍 smiling_heart_shaped_eyes love,🤩 grinning_star_eyes,😘 throwing_kiss,😗 kissing
😚 kissing_closed_eyes,😋 savouring_delicious_food,😛 stuck_out_tongue
😜 stuck_out_tongue_winking_eye,🤪 grinning_one_one_small_eye
😝 stuck_out_tongue_tightly_closed_eyes,🤗 hugging hug
🤭 smiling_smiling_eyes_hand_covering_mouth,🤫 finger_covering_closed_lips,🤔 thinking think hmm
🤐 zipper_mouth,🤨 one_eyebrow_raised,😐 neutral,😑 expressionless,😶 without_mouth,😏 smirking
😒 unamused,🙄 rolling_eyes,😬 grimacing awkward,😌 relieved,😔 pensive,😪 sleepy,🤤 drooling
😴 sleeping tired sleep,😷 medical_mask,🤒 thermometer ill sick,🤕 head_bandage,🤢 nauseated sick
🤮 open_mouth_vomiting,🤧 sneezing,🥵 overheated,🥶 freezing,🥴 uneven_eyes_wavy_mouth,😵 dizzy
🤯 shocked_exploding_head mind blown,🤠 cowboy_hat,🥳 party_horn_party_hat birthday
😎 smiling_sunglasses cool,🤓 nerd,🧐 monocle,😕 confused,😟 worried,🙁 slightly_frowning
😮 open_mouth,😯 hushed,😲 astonished,😳 flushed,🥺 pleading_eyes please,😦 frowning_open_mouth
😧 anguished,😨 fearful,😰 open_mouth_cold_sweat,😥 disappointed_but_relieved,😢 crying sad cry
😭 loudly_crying sob cry sad,😱 screaming_fear scream,😖 confounded,😣 persevering,😞 disappointed
😓 cold_sweat,😩 weary,😫 tired,🥱 yawning,😤 look_triumph,😡 pouting angry,😠 angry
🤬 serious_symbols_covering_mouth,😈 smiling_horns,💀 skull,💩 pile_poo,🤡 clown,👻 ghost
👽 extraterrestrial_alien,🤖 robot,😺 smiling_cat_open_mouth,😸 grinning_cat_smiling_eyes
😹 cat_tears_joy,😻 smiling_cat_heart_shaped_eyes,😿 crying_cat,🙈 see_no_evil_monkey oops
🙉 hear_no_evil_monkey,🙊 speak_no_evil_monkey`,
  People: `
👋 waving_hand hello bye hi,🤚 raised_back_hand,✋ raised_hand
🖖 raised_hand_part_between_middle_ring_fingers,👌 ok_hand perfect,🤏 pinching_hand
🤞 hand_index_middle_fingers_crossed,🤟 i_love_you_hand,🤘 horns,🤙 call_me_hand
👈 left_pointing_backhand_index,👉 right_pointing_backhand_index,👆 up_pointing_backhand_index
👇 down_pointing_backhand_index,👍 thumbs_up +1 thumbsup yes,👎 thumbs_down -1 thumbsdown no
✊ raised_fist,👊 fisted_hand,🤛 left_facing_fist,🤜 right_facing_fist,👏 clapping_hands clap bravo
🙌 raising_both_hands_celebration hooray raised,👐 open_hands,🤲 palms_up_together
🤝 handshake deal agree,🙏 folded_hands please thanks pray,💪 flexed_biceps strong
🦾 mechanical_arm,🧠 brain,👀 eyes look see,👁️ eye,👅 tongue,👄 mouth,👶 baby,👦 boy,👧 girl,👨 man
👩 woman,👴 older_man,👵 older_woman,🙅 no_good_gesture,🙆 ok_gesture,💁 information_desk
🙋 happy_raising_one_hand,🙇 bowing_deeply,🤦 palm facepalm,🤷 shrug dunno,💃 dancer,🕺 man_dancing
🏃 runner,🚶 pedestrian,🧘 lotus_position,💤 sleeping,💬 speech_balloon,💭 thought_balloon
🗣️ speaking_head_silhouette,👤 bust_silhouette,👥 busts_silhouette`,
  "Hearts and signs": `
❤️ heart love red,🧡 orange_heart,💛 yellow_heart,💚 green_heart,💙 blue_heart,💜 purple_heart
🖤 heart,🤍 heart,🤎 brown_heart,💔 broken_heart,💕 two_hearts,💞 revolving_hearts,💓 beating_heart
💗 growing_heart,💖 sparkling_heart,💘 heart_arrow,💝 heart_ribbon,💯 hundred_points 100,💢 anger
💥 collision,💫 dizzy,💦 splashing_sweat,💨 dash,🔥 fire lit hot,⭐ star,🌟 glowing_star
✨ sparkles magic new,⚡ high_voltage,🎉 party_popper tada celebrate hooray,🎊 confetti_ball
🎈 balloon,🎁 wrapped_present,🏆 trophy,🥇 first_place_medal,🥈 second_place_medal
🥉 third_place_medal,🎯 direct_hit,✅ check done yes tick,❌ cross no wrong,❗ exclamation
❓ question_ornament,⚠️ warning caution,🚫 no_entry,⛔ no_entry,🔴 red_circle,🟠 orange_circle
🟡 yellow_circle,🟢 green_circle,🔵 blue_circle,🟣 purple_circle,⚫ circle,⚪ circle,➕ plus,➖ minus
➡️ rightwards_arrow,⬅️ leftwards_arrow,⬆️ upwards_arrow,⬇️ downwards_arrow
🔁 clockwise_rightwards_leftwards_open_circle_arrows
🔄 anticlockwise_downwards_upwards_open_circle_arrows,🔔 bell,🔕 bell_cancellation_stroke
📣 cheering_megaphone`,
  "Animals and plants": `
🐶 dog,🐱 cat,🐭 mouse,🐹 hamster,🐰 rabbit,🦊 fox,🐻 bear,🐼 panda,🐨 koala,🐯 tiger,🦁 lion,🐮 cow,🐷 pig
🐸 frog,🐵 monkey,🐔 chicken,🐧 penguin,🐦 bird,🐤 baby_chick,🦆 duck,🦅 eagle,🦉 owl,🦇 bat,🐺 wolf
🐴 horse,🦄 unicorn,🐝 honeybee,🐛 bug,🦋 butterfly,🐌 snail,🐞 lady_beetle,🐜 ant,🐢 turtle,🐍 snake
🦖 t_rex,🐙 octopus,🦐 shrimp,🦀 crab,🐠 tropical_fish,🐬 dolphin,🐳 spouting_whale,🦈 shark
🐘 elephant,🐪 dromedary_camel,🐑 sheep,🐐 goat,🦌 deer,🐓 rooster,🐇 rabbit,🦔 hedgehog,🌵 cactus
🌲 evergreen_tree,🌳 deciduous_tree,🌴 palm_tree,🌱 seedling,🌿 herb,🍀 four_leaf_clover
🍁 maple_leaf,🍂 fallen_leaf,🍄 mushroom,🌸 cherry_blossom,🌹 rose,🌻 sunflower,🌼 blossom
🌍 earth_globe_europe_africa,🌙 crescent_moon,🌞 sun,☀️ sun_rays sunny,⛅ sun_behind_cloud
☁️ cloud,🌧️ cloud_rain,🌈 rainbow,❄️ snowflake,⛄ snowman_without_snow,🌊 water_wave`,
  Food: `
🍎 red_apple,🍐 pear,🍊 tangerine,🍋 lemon,🍌 banana,🍉 watermelon,🍇 grapes,🍓 strawberry,🍒 cherries
🍑 peach,🥭 mango,🍍 pineapple,🥥 coconut,🥝 kiwifruit,🍅 tomato,🍆 aubergine,🥑 avocado,🥦 broccoli
🥕 carrot,🌽 ear_maize,🌶️ hot_pepper,🥔 potato,🧄 garlic,🧅 onion,🍞 bread,🥐 croissant
🥖 baguette_bread,🥨 pretzel,🧀 cheese_wedge,🥚 egg,🍳 cooking,🥞 pancakes,🥓 bacon,🍗 poultry_leg
🍔 hamburger,🍟 french_fries,🍕 slice_pizza,🌭 hot_dog,🥪 sandwich,🌮 taco,🌯 burrito,🥗 green_salad
🍝 spaghetti,🍜 steaming_bowl,🍲 pot_food,🍣 sushi,🍱 bento_box,🥟 dumpling,🍚 cooked_rice
🍦 soft_ice_cream,🍩 doughnut,🍪 cookie,🎂 birthday_cake,🍰 shortcake,🧁 cupcake,🍫 chocolate_bar
🍬 candy,🍭 lollipop,🍯 honey_pot,☕ hot_beverage coffee tea,🍵 teacup_without_handle
🍶 sake_bottle_cup,🍺 beer_mug,🍻 clinking_beer_mugs,🥂 clinking_glasses,🍷 wine_glass
🥃 tumbler_glass,🍸 cocktail_glass,🍹 tropical_drink,🍾 bottle_popping_cork`,
  "Things and places": `
⚽ soccer_ball,🏀 basketball_hoop,🏈 american_football,⚾ baseball,🎾 tennis_racquet_ball
🏐 volleyball,🎱 billiards,🏓 table_tennis_paddle_ball,🏸 badminton_racquet_shuttlecock
🥊 boxing_glove,🎿 ski_ski_boot,🚴 bicyclist,🏊 swimmer,🎮 video_game,🎲 game_die
🧩 jigsaw_puzzle_piece,🎨 artist_palette,🎬 clapper_board,🎤 microphone,🎧 headphone,🎸 guitar
🎹 musical_keyboard,🥁 drum_drumsticks,📷 camera,📺 television,💻 personal_computer work
📱 mobile_phone,💾 floppy_disk,💿 optical_disc,🔋 battery,🔌 electric_plug
💡 electric_light_bulb idea,🔦 electric_torch,🕯️ candle,📕 closed_book,📚 books,📖 open_book
📝 memo note,📄 page_facing_up,📊 bar_chart,📈 chart_upwards_trend,📉 chart_downwards_trend
📅 calendar,📌 pushpin,📎 paperclip,✂️ scissors,🔒 lock,🔓 open_lock,🔑 key,🔨 hammer,🔧 wrench fix
⚙️ gear,🧰 toolbox,🔬 microscope,🔭 telescope,💊 pill,🚪 door,🛏️ bed,🧹 broom clean tidy,🧺 basket
🛒 shopping_trolley,🏠 house_building home hearth,🏡 house_garden,🏢 office_building,🏥 hospital
🏫 school,🏕️ camping,🏖️ beach_umbrella,🗻 mount_fuji,🏝️ desert_island,🌆 cityscape_at_dusk
🚗 automobile,🚕 taxi,🚌 bus,🚑 ambulance,🚒 fire_engine,🚜 tractor,🚲 bicycle,🛵 motor_scooter
🚂 steam_locomotive,🚆 train,✈️ airplane,🚀 rocket ship launch,🛸 flying_saucer,🚁 helicopter
⛵ sailboat,🚢 ship,⚓ anchor,🗺️ world_map,⏰ alarm_clock time,⏳ hourglass_flowing_sand
⌛ hourglass,📦 package,📧 e_mail,📬 open_mailbox_raised_flag,🗑️ wastebasket bin delete
🏁 chequered_flag,🚩 triangular_flag_on_post`,
};

export const EMOJI = Object.entries(SETS).map(([title, set]) => ({
  title,
  emoji: set.split(/[,\n]/).filter(Boolean).map((entry) => {
    const [symbol, name, ...words] = entry.split(" ");
    return { symbol, name, words: [...name.split("_"), ...words] };
  }),
}));

const all = EMOJI.flatMap((set) => set.emoji);

/** Emoji whose words begin with what was typed; the best first. */
export function findEmoji(query, most = 60) {
  const sought = query.toLowerCase().split(/[\s_]+/).filter(Boolean);
  if (sought.length === 0) return [];
  return all
    .map((one) => ({ one, score: score(one, sought) }))
    .filter(({ score: points }) => points > 0)
    .sort((a, b) => b.score - a.score)
    .slice(0, most)
    .map(({ one }) => one);
}

function score({ name, words }, sought) {
  if (!sought.every((part) => words.some((word) => word.startsWith(part)))) return 0;
  if (name === sought.join("_")) return 4;
  if (words.includes(sought[0])) return 3;
  return name.startsWith(sought[0]) ? 2 : 1;
}

export function emojiName(symbol) {
  const found = all.find((one) => one.symbol === symbol || one.symbol === `${symbol}\ufe0f`);
  return found ? found.name.replaceAll("_", " ") : symbol;
}
